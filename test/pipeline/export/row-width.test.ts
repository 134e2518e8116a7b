import { expect, test } from 'vitest';
import { stagedNulls } from '../../../src/pipeline/export/row-width.ts';
import { column } from '../../support/staged.ts';

/** Of a table of two columns. */
function nullsOf(size: { estimatedRows?: number; estimatedBytes?: number }, name = 'note') {
  const columns = [column('id', { kind: 'string' }, false), column('note', { kind: 'string' })];
  return stagedNulls({ key: ['id'], relation: { columns, ...size } }, { name });
}

test('NULLs wait as texts, but of a key, where most values are NULL, and in a large table of short rows', () => {
  expect(nullsOf({})).toBe('hidden');
  expect(nullsOf({}, 'id')).toBe('none');
  expect(nullsOf({ estimatedRows: 1_000, estimatedBytes: 100_000 })).toBe('hidden');
  expect(nullsOf({ estimatedRows: 1_000, estimatedBytes: 7_000 })).toBe('kept');
  expect(nullsOf({ estimatedRows: 10_000_000, estimatedBytes: 3_000_000_000 })).toBe('kept');
  expect(nullsOf({ estimatedRows: 1_000_000, estimatedBytes: 3_000_000_000 })).toBe('hidden');
});
