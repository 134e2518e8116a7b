import { expect, test } from 'vitest';
import { limitMemory } from '../../../src/pipeline/export/memory.ts';
import { measureQuality } from '../../../src/pipeline/export/metrics.ts';
import { column, stage } from '../../support/staged.ts';

test('of many columns with many different values each is counted exactly, in bounded memory', async () => {
  const columns = Array.from({ length: 64 }, (_, index) => column(`c${index}`, { kind: 'integer', bits: 32 }));
  const rows = Array.from({ length: 50_000 }, (_, n) => columns.map((_column, index) => String(n * (index + 1))));
  await using staged = await stage(columns, rows);
  await limitMemory(staged.staging.engine, 96);
  const { columns: measured } = await measureQuality(staged.staging);
  expect(measured.map(({ distinct }) => distinct)).toEqual(columns.map(() => 50_000));
  expect(measured.every(({ distinctExact }) => distinctExact)).toBe(true);
  expect(measured[63]).toMatchObject({ min: '0', max: String(49_999 * 64), nulls: 0, outliers: 0 });
});
