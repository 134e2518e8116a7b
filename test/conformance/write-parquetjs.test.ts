import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogicalType } from '@snapkeep/sdk';
import { createTestContext, writerConformance } from '@snapkeep/sdk/conformance';
import { parquetjsWriter } from '@snapkeep/write-parquetjs';
import { expect, test } from 'vitest';
import { planColumn } from '../../src/engine/column-plan.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { postgresText, type ReadColumn } from '../fidelity/read-value.ts';
import { readByDuckdb } from '../fidelity/readers/duckdb.ts';
import { readByHyparquet } from '../fidelity/readers/hyparquet.ts';
import { readByPyarrow } from '../fidelity/readers/pyarrow.ts';
import { column, stage, type TextRow } from '../support/staged.ts';
import { readTexts, writerFixture } from '../support/writer-fixture.ts';

const NAMES = ['__proto__', 'constructor', 'a,b', 'with "quotes"\nand 🦆', 'toString', 'dlevels', 'length'] as const;
const TYPES: readonly LogicalType[] = [
  { kind: 'string' },
  { kind: 'integer', bits: 16 },
  { kind: 'boolean' },
  { kind: 'date' },
  { kind: 'bytes' },
  { kind: 'enum', labels: ['low', 'high'] },
  { kind: 'opaque' },
];
const columns = [
  column('id', { kind: 'integer', bits: 32 }, false),
  ...NAMES.map((name, index) => column(name, TYPES[index] ?? { kind: 'string' })),
];

const DATES = [
  '1970-01-01',
  '1969-12-31',
  '0044-03-15 BC',
  '4713-01-01 BC',
  '0001-01-01',
  '275761-02-28',
  '5874897-12-31',
  '2024-02-29',
];

const rows: TextRow[] = Array.from({ length: 25 }, (_, index) => [
  `${index === 0 ? -2147483648 : index === 24 ? 2147483647 : index}`,
  index % 4 === 0 ? null : index === 1 ? '' : `text ${index}, "quoted"\nand 🦆`,
  index % 5 === 0 ? null : index % 2 === 0 ? '-32768' : '32767',
  index % 3 === 0 ? null : index % 2 === 0 ? 't' : 'f',
  index < DATES.length ? (DATES[index] ?? null) : null,
  index === 5 ? null : index === 6 ? '\\x' : '\\x00ff',
  index % 2 === 0 ? 'low' : 'high',
  null,
]);

const refused = (
  [
    { kind: 'integer', bits: 64 },
    { kind: 'float', bits: 32 },
    { kind: 'float', bits: 64 },
    { kind: 'decimal', precision: 5, scale: 2 },
    { kind: 'numeric' },
    { kind: 'uuid' },
    { kind: 'json' },
    { kind: 'time' },
    { kind: 'timestamp', utc: true },
    { kind: 'timestamp', utc: false },
    { kind: 'interval' },
    { kind: 'list', of: { kind: 'string' } },
    { kind: 'struct', fields: [{ name: 'a', type: { kind: 'boolean' } }] },
    { kind: 'range', of: { kind: 'date' }, multi: false },
  ] satisfies LogicalType[]
)
  .map((type, index) => planColumn(column(`${type.kind} ${index}`, type)))
  .concat(planColumn(column('forever', { kind: 'date' }), { kind: 'infinity' }));

for (const { name, run } of writerConformance({
  writer: parquetjsWriter,
  setUp: () => writerFixture(columns, rows),
  refused,
})) {
  test(name, run);
}

/** Writes as the pipeline does; the file is gone with the staged rows. */
function request(staged: Awaited<ReturnType<typeof stage>>, count: number, directory: string, rowGroupRows = 1_000) {
  return {
    staged: staged.staging.relation(count),
    directory,
    baseName: 'things',
    compression: 'snappy',
    rowGroupRows,
    footer: { 'snapkeep.dataset': "it's é🦆" },
  } as const;
}

test('many rows make row groups and pages that DuckDB reads whole, and the footer tells where the file comes from', async () => {
  const few = [column('id', { kind: 'integer', bits: 32 }, false), column('maybe', { kind: 'string' })];
  // Runs of NULLs and of values of all lengths, so that every form of the definition levels occurs.
  const many: TextRow[] = Array.from({ length: 30_000 }, (_, i) => [
    `${i}`,
    (i >> (i % 13)) % 2 === 0 ? null : `${i % 7}`,
  ]);
  await using staged = await stage(few, many, ['id']);
  const directory = await mkdtemp(join(staged.folder, 'out-'));
  const [file] = await parquetjsWriter.write(request(staged, many.length, directory, 12_000), createTestContext());
  const path = join(directory, file?.name ?? '');
  expect(await readTexts(path, few)).toEqual(many);
  const engine = await openEngine();
  try {
    const groups = await engine.rows(
      `SELECT DISTINCT row_group_num_rows AS n FROM parquet_metadata('${path}') ORDER BY n`,
    );
    expect(groups.map(({ n }) => Number(n))).toEqual([6_000, 12_000]);
    const [footer] = await engine.rows(
      `SELECT decode(key) AS k, decode(value) AS v FROM parquet_kv_metadata('${path}')`,
    );
    expect(footer).toEqual({ k: 'snapkeep.dataset', v: "it's é🦆" });
  } finally {
    engine.close();
  }
});

test('DuckDB, pyarrow and hyparquet read every value as it was staged', async () => {
  await using staged = await stage(columns, rows, ['id']);
  const directory = await mkdtemp(join(staged.folder, 'out-'));
  await parquetjsWriter.write(request(staged, rows.length, directory), createTestContext());
  const file = join(directory, 'things.parquet');
  const [pyarrow] = await readByPyarrow([file]);
  const sorted = rows.toSorted(([a], [b]) => Number(a) - Number(b));
  for (const read of [await readByDuckdb(file), pyarrow?.columns ?? [], await readByHyparquet(file)]) {
    const found = read.map((one) => one as ReadColumn);
    expect(found.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
    for (const [index, { type, values }] of found.entries()) {
      expect(values.map((value) => postgresText(type, value))).toEqual(sorted.map((row) => row[index]));
    }
  }
});

test('long values end pages and row groups early: what is held in memory has a bound', async () => {
  const few = [column('id', { kind: 'integer', bits: 32 }, false), column('long', { kind: 'string' })];
  const many: TextRow[] = Array.from({ length: 4_000 }, (_, i) => [`${i}`, `${i}`.padEnd(20_000, 'x')]);
  // Without a key: sorting values of this length would need more memory than staging has.
  await using staged = await stage(few, many);
  const directory = await mkdtemp(join(staged.folder, 'out-'));
  await parquetjsWriter.write(request(staged, many.length, directory, 10_000), createTestContext());
  expect(await readTexts(join(directory, 'things.parquet'), few)).toEqual(many);
  const engine = await openEngine();
  try {
    const { groups } = await engine.row(
      `SELECT count(DISTINCT row_group_id) AS groups FROM parquet_metadata('${directory}/things.parquet')`,
    );
    expect(Number(groups)).toBe(2);
  } finally {
    engine.close();
  }
});

test('it writes nothing that the plan should have refused', async () => {
  const wide = [column('id', { kind: 'integer', bits: 64 }, false)];
  await using staged = await stage(wide, [['1']], ['id']);
  const directory = await mkdtemp(join(staged.folder, 'out-'));
  const writing = parquetjsWriter.write(request(staged, 1, directory), createTestContext());
  await expect(writing).rejects.toMatchObject({ code: 'SNAPKEEP_COLUMN_REFUSED', details: { column: 'id' } });
});

test('a folder that can’t be written is a storage error', async () => {
  await using staged = await stage(columns, rows, ['id']);
  const writing = parquetjsWriter.write(request(staged, rows.length, join(staged.folder, 'gone')), createTestContext());
  await expect(writing).rejects.toMatchObject({ code: 'SNAPKEEP_STORAGE_FAILED' });
});
