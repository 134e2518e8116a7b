import { expect, test } from 'vitest';
import { rowGroupOfColumns } from '../../../src/pipeline/export/row-group-size.ts';
import { fitRowGroups } from '../../../src/pipeline/export/row-groups.ts';
import { column, stage } from '../../support/staged.ts';

test.each([
  [1, 122_880],
  [32, 122_880],
  [100, 38_912],
  [500, 6_144],
  [1_600, 2_048],
])('of %d columns a row group has %d rows', (columns, rows) => {
  expect(rowGroupOfColumns(columns)).toBe(rows);
});

test.each([
  [292, 122_880],
  [400, 65_536],
  [1_000, 32_768],
  [10_000, 2_048],
  [20_000, 1_024],
  [100_000, 128],
  [10_000_000, 2],
])('of rows of %d bytes a row group has %d', async (bytes, rows) => {
  await using staged = await stage([column('id', { kind: 'integer', bits: 32 })], []);
  const { plan } = fitRowGroups(staged.staging, { rows: 1_000, characters: 1_000 * bytes, newest: undefined });
  expect(plan.output.rowGroupRows).toBe(rows);
});
