import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { csvField } from '../../../src/pipeline/export/csv-field.ts';
import { CsvStage } from '../../../src/pipeline/export/csv-stage.ts';
import { openStaging } from '../../../src/pipeline/export/staging.ts';
import { column, planOf, type TextRow } from '../../support/staged.ts';

const COLUMNS = [
  column('small', { kind: 'integer', bits: 16 }),
  column('big', { kind: 'integer', bits: 64 }),
  column('is', { kind: 'boolean' }),
  column('any', { kind: 'numeric' }),
  column('note', { kind: 'string' }),
];

/** What is staged of bytes that keep the promise of `ByteFormat`, or are said to. */
async function stagePlain(rows: readonly TextRow[], predicate: string | null = null) {
  const folder = await mkdtemp(path.join(tmpdir(), 'csv-stage-'));
  const staging = await openStaging(folder, { ...planOf(COLUMNS, [], []), predicate });
  onTestFinished(async () => {
    staging.close();
    await rm(folder, { recursive: true, force: true });
  });
  const stage = await CsvStage.open(staging, true);
  const csv = rows.map((row) => `${row.map(csvField).join(',')}\n`).join('');
  await stage.write(Buffer.from(csv), rows.length);
  await stage.end();
  return staging.engine.rows('SELECT * FROM staged');
}

const ROWS: readonly TextRow[] = [
  ['-32768', '9223372036854775807', 't', '-0.50', ''],
  ['32767', '-9223372036854775808', 'f', '1'.repeat(400), '12'],
  ['0', '0', null, null, null],
  [null, null, 't', '0', 'x\u0001,\n'],
];

test('numbers and truth values are read as such', async () => {
  const rows = await stagePlain(ROWS);
  expect(rows.map(({ v0, v1, v2, v3 }) => [v0, v1, v2, v3])).toEqual([
    [-32768, '9223372036854775807', true, '-0.50'],
    [32767, '-9223372036854775808', false, '1'.repeat(400)],
    [0, '0', null, null],
    [null, null, true, '0'],
  ]);
  expect(rows.every(({ refused, undecided, texts }) => refused === null && undecided === false && texts === null)).toBe(
    true,
  );
});

test('the validator sees them as the texts that came', async () => {
  const rows = await stagePlain(ROWS, 'false');
  expect(rows.map(({ texts }) => texts)).toEqual(ROWS);
});

test.each(['NaN', 'Infinity', '-Infinity'])('%s is no decimal, and refused', async (text) => {
  const [row] = await stagePlain([['1', '1', 't', text, '']]);
  expect(row).toMatchObject({ v3: null, refused: 3, texts: ['1', '1', 't', text, ''] });
});

test.each([
  ['too large for its type', ['32768', '1', 't', '0', 'secret']],
  ['no number', ['x', '1', 't', '0', 'secret']],
  ['no truth value', ['1', '1', 'maybe', '0', 'secret: no space left']],
  ['one too few', ['1', '1', 't', 'secret']],
] as const)('a value that is %s is the fault of the source, and no row is shown', async (_, row) => {
  const failure = await stagePlain([row]).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'SNAPKEEP_PLUGIN_INVALID', message: expect.stringContaining('postgres') });
  expect(JSON.stringify(failure) + String(failure)).not.toContain('secret');
});
