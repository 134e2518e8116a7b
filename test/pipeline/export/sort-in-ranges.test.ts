import { expect, test } from 'vitest';
import { sortInRanges } from '../../../src/pipeline/export/sort-in-ranges.ts';
import { column, stage } from '../../support/staged.ts';

const ROWS = 5_000;
/** Of a note, an amount and tags. */
const MORE = [
  ['', '0.5', '{}'],
  [null, null, null],
  ['a', '12345678901234567890.25', '{a,NULL,""}'],
];

test('one range of the key after the other gives all rows in their order, with their types', async () => {
  const columns = [
    column('at', { kind: 'timestamp', utc: true }, false),
    column('id', { kind: 'string' }, false),
    column('document', { kind: 'json' }),
    column('note', { kind: 'string' }),
    column('amount', { kind: 'numeric' }),
    column('tags', { kind: 'list', of: { kind: 'string' } }),
  ];
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const place = (n * 7_919) % ROWS;
    return [
      `2026-01-0${1 + (place % 9)} 00:00:00+00`,
      `id ${place}`,
      n % 3 === 0 ? null : `{"n":${n}}`,
      ...(MORE[n % MORE.length] ?? []),
    ];
  });
  await using staged = await stage(columns, rows, ['at', 'id']);
  const { engine } = staged.staging;
  const sorted = await engine.rows('SELECT * FROM snapshot');
  const types = await engine.rows('DESCRIBE snapshot');
  const shares: number[] = [];
  await sortInRanges(staged.staging, { rows: ROWS, characters: ROWS * 1_000_000 }, (share) => shares.push(share));
  expect(shares.at(0)).toBeLessThan(0.5);
  expect(shares.at(-1)).toBe(1);
  expect(await engine.rows('SELECT * FROM snapshot')).toEqual(sorted);
  expect((await engine.rows('DESCRIBE snapshot')).map((one) => one.column_type)).toEqual(
    types.map((one) => one.column_type),
  );
});
