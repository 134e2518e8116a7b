import { expect, test } from 'vitest';
import { limitMemory } from '../../../src/pipeline/export/memory.ts';
import { measureQuality } from '../../../src/pipeline/export/metrics.ts';
import { setThreads } from '../../../src/pipeline/export/threads.ts';
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

test('columns of few different values are counted on many threads within the default memory', async () => {
  const columns = Array.from({ length: 60 }, (_, index) => column(`c${index}`, { kind: 'integer', bits: 32 }));
  await using staged = await stage(columns, []);
  const { engine } = staged.staging;
  const values = columns.map((_column, index) => `((n * ${index + 1}) % 10007)::INTEGER`).join(', ');
  const names = columns.map((_column, index) => `v${index}`).join(', ');
  await engine.run(`INSERT INTO staged (${names}) SELECT ${values} FROM range(300000) AS r(n)`);
  await setThreads(engine, 16);
  const { columns: measured } = await measureQuality({ ...staged.staging, threads: 16 });
  expect(new Set(measured.map(({ distinct }) => distinct))).toEqual(new Set([10_007]));
});

test('where nothing is left to be counted no row is read', async () => {
  const rows = Array.from({ length: 130_000 }, (_, n) => [`text ${n}`]);
  await using staged = await stage([column('text', { kind: 'string' })], rows);
  const { engine } = staged.staging;
  const given: number[] = [];
  const counting = {
    ...engine,
    row: async (sql: string) => {
      const found = await engine.rows(sql);
      given.push(found.length);
      return found[0] ?? {};
    },
  };
  const { columns } = await measureQuality({ ...staged.staging, engine: counting });
  expect(columns[0]).toMatchObject({ nulls: 0, distinctExact: false, outliers: null });
  // How many there are, and what is known of the column.
  expect(given).toEqual([1, 1]);
});

test('more columns than one statement takes are measured in their order, whatever the number of connections', async () => {
  const columns = Array.from({ length: 300 }, (_, n) => column(`c${n}`, { kind: 'integer', bits: 32 }));
  const rows = Array.from({ length: 50 }, (_, n) => columns.map((_, index) => String(n * 1_000 + index)));
  await using staged = await stage(columns, rows);
  const { columns: measured } = await measureQuality({ ...staged.staging, threads: 4 });
  expect(measured.map(({ name, min }) => `${name} ${min}`)).toEqual(
    columns.map(({ name }, index) => `${name} ${index}`),
  );
  expect(measured.every(({ distinct, distinctExact }) => distinct === 50 && distinctExact)).toBe(true);
  expect(await measureQuality({ ...staged.staging, rowGroupRows: 10, threads: 4 })).toMatchObject({
    columns: measured,
  });
});

test('columns of few values are counted at once, and told as exactly', async () => {
  const rows = Array.from({ length: 5_000 }, (_, n) => [String(n), n % 4 === 0 ? null : `label ${n % 3}`]);
  const columns = [column('n', { kind: 'integer', bits: 32 }), column('label', { kind: 'string' })];
  await using staged = await stage(columns, rows);
  const before = await measureQuality(staged.staging);
  expect(await measureQuality(staged.staging, new Set(['label']))).toEqual(before);
  expect(before.columns[1]).toMatchObject({ distinct: 3, distinctExact: true, nulls: 1_250 });
});

test('quartiles of a sample find the outliers of a large table', async () => {
  const columns = [column('n', { kind: 'integer', bits: 32 }), column('amount', { kind: 'numeric' })];
  const rows = Array.from({ length: 450_000 }, (_, n) => {
    const value = n % 45_000 === 0 ? 1_000_000 + n : (n * 7_919) % 1_000;
    return [String(value), `${value}.25`];
  });
  await using staged = await stage(columns, rows);
  const { columns: measured } = await measureQuality(staged.staging);
  expect(measured.map(({ outliers }) => outliers)).toEqual([10, 10]);
});

test('a key of one column has as many different values as there are rows, however many they are', async () => {
  const columns = [
    column('id', { kind: 'string' }),
    column('at', { kind: 'integer', bits: 32 }),
    column('note', { kind: 'string' }),
  ];
  const rows = Array.from({ length: 150_000 }, (_, n) => [`row ${n}`, String(n), `note ${n}`]);
  await using staged = await stage(columns, rows, ['id']);
  const { columns: measured } = await measureQuality(staged.staging);
  expect(measured[0]).toMatchObject({ distinct: 150_000, distinctExact: true, nulls: 0, min: 'row 0' });
  expect(measured.slice(1).map(({ distinctExact }) => distinctExact)).toEqual([false, false]);
  // Of two columns neither need be.
  await using pair = await stage(columns, [...rows, ['row 0', '-1', 'twice']], ['id', 'at']);
  const { columns: ofPair } = await measureQuality(pair.staging);
  expect(ofPair[0]?.distinctExact).toBe(false);
});
