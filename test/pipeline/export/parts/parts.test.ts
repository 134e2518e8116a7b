import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column, Manifest, SnapshotFile } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { readParquet } from '../../../../src/engine/engine.ts';
import { cutByKey } from '../../../../src/pipeline/export/parts/cut.ts';
import { writeParts } from '../../../../src/pipeline/export/parts/write.ts';
import { Phases } from '../../../../src/pipeline/export/phases.ts';
import { datasetLayout } from '../../../../src/store/layout.ts';
import { Transaction } from '../../../../src/store/transaction.ts';
import { testRuntime } from '../../../support/runtime.ts';
import { column, type Staged, stage, type TextRow } from '../../../support/staged.ts';

const INTEGER: Column['type'] = { kind: 'integer', bits: 64 };
const TEXT: Column['type'] = { kind: 'string' };
const COLUMNS = [column('tenant', TEXT), column('id', INTEGER), column('text', TEXT)];
const KEY = ['tenant', 'id'];

interface Written {
  readonly staged: Staged;
  readonly files: readonly SnapshotFile[];
  readonly directory: string;
  readonly hash: string;
}

async function cut(rows: readonly TextRow[], { partRows = 1_024, rowGroupRows = 122_880 } = {}): Promise<Written> {
  const staged = await stage(COLUMNS, rows, KEY);
  const runtime = testRuntime(staged.folder, { url: 'postgres://localhost' });
  const transaction = await Transaction.begin(
    staged.folder,
    datasetLayout(staged.folder, 'data', 'things'),
    'export',
    null,
  );
  const { plan } = staged.staging;
  const parts = { by: 'key', targetMB: 1, rows: partRows } as const;
  const settled = { ...staged.staging, plan: { ...plan, output: { ...plan.output, rowGroupRows, parts } } };
  // Made by others: it says how large parts are, and its files are not those that would be written.
  const versions = { snapkeep: '', duckdb: '', plugins: {} };
  const newest = { plan: settled.plan, files: [{}], bytes: 1, versions } as unknown as Manifest;
  const run = { runtime, transaction, phases: new Phases() };
  const rowsCut = await cutByKey(run, settled, { rows: rows.length, characters: rows.length * 100, newest });
  if (rowsCut === undefined) throw new Error('not cut');
  const written = await writeParts(runtime, rowsCut.staging, transaction, rowsCut);
  return { staged, ...written, hash: rowsCut.hash };
}

const row = (id: number, text = `text ${id}`): TextRow => [`tenant ${Math.floor(id / 7_000)}`, String(id), text];
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => row(from + index));

async function hashesOf(rows: readonly TextRow[], options = {}): Promise<readonly string[]> {
  const { staged, files } = await cut(rows, options);
  await staged[Symbol.asyncDispose]();
  return files.map(({ sha256 }) => sha256);
}

test('every row is in one part, in the order of the key, and each part has its own content hash', async () => {
  const { staged, files, directory, hash } = await cut(range(100_000, 110_000).toReversed());
  await using _ = staged;
  const { engine } = staged.staging;
  expect(files.length).toBeGreaterThan(5);
  expect(files.map(({ path }) => path)).toEqual(
    files.map((_, index) => `things-${String(index).padStart(5, '0')}.parquet`),
  );
  for (const { path, sha256 } of files) {
    expect(
      createHash('sha256')
        .update(await readFile(join(directory, path)))
        .digest('hex'),
    ).toBe(sha256);
  }
  const source = readParquet(files.map(({ path }) => join(directory, path)));
  const [all] = await engine.rows(
    `SELECT count(*)::INT AS n, count(DISTINCT id)::INT AS ids,
       bool_and(coalesce((tenant, id) > before, true)) AS ordered
     FROM (SELECT *, lag((tenant, id)) OVER () AS before FROM ${source})`,
  );
  expect(all).toEqual({ n: 10_000, ids: 10_000, ordered: true });
  const { contentHashes } = await import('../../../../src/engine/content-hash.ts');
  for (const { path, rows, contentHash } of files) {
    const found = await contentHashes(engine, readParquet([join(directory, path)]), staged.staging.plan.columns, '0');
    expect({ hash: found.whole, rows: found.groups.get(0)?.rows }).toEqual({ hash: contentHash, rows });
  }
  expect((await contentHashes(engine, source, staged.staging.plan.columns, '0')).whole).toBe(hash);
});

test('parts are the same to the byte whatever the order of the rows, whatever is beside them', async () => {
  const rows = range(0, 15_000);
  const before = await hashesOf(rows);
  const turned = [...rows.slice(7_001), ...rows.slice(0, 7_001)];
  expect(await hashesOf(turned)).toEqual(before);
  const without = (hashes: readonly string[]) => before.filter((hash) => !hashes.includes(hash)).length;
  expect(without(await hashesOf([...rows, ...range(15_000, 15_300)]))).toBeLessThanOrEqual(2);
  expect(without(await hashesOf(rows.slice(300)))).toBeLessThanOrEqual(2);
  expect(without(await hashesOf(rows.toSpliced(8_000, 1)))).toBeLessThanOrEqual(2);
  expect(without(await hashesOf(rows.with(8_000, row(8_000, 'changed'))))).toBe(1);
});

test('a part of several row groups is the same, wherever in the table it begins', async () => {
  const options = { partRows: 16_384, rowGroupRows: 4_096 };
  const rows = range(0, 50_000);
  const [before, shorter, turned] = [
    await hashesOf(rows, options),
    await hashesOf(rows.slice(101), options),
    await hashesOf([...rows.slice(20_001), ...rows.slice(0, 20_001)], options),
  ];
  expect(before.length).toBeGreaterThan(1);
  expect(shorter.slice(1)).toEqual(before.slice(1));
  expect(turned).toEqual(before);
});

test('a small table and an empty one are one part', async () => {
  for (const rows of [range(0, 200), []]) {
    const { staged, files } = await cut(rows);
    await using _ = staged;
    expect(files.map(({ path, rows: n }) => [path, n])).toEqual([['things-00000.parquet', rows.length]]);
  }
});

test.each([
  ['very many texts', 150, 2_048 as number | undefined],
  ['a few texts', 3, undefined],
])('of %s a part has at most as many rows as the memory sorts at once', async (_name, texts, most) => {
  const columns = [column('id', INTEGER), ...Array.from({ length: texts }, (_, n) => column(`c${n}`, TEXT))];
  const rows = Array.from(
    { length: 20_000 },
    (_, n): TextRow => [
      String((n * 7_919) % 20_000),
      ...Array.from({ length: texts }, (_, at) => (n % (at + 20) === 0 ? `text ${n}` : null)),
    ],
  );
  await using staged = await stage(columns, rows, ['id']);
  const runtime = testRuntime(staged.folder, { url: 'postgres://localhost' });
  const layout = datasetLayout(staged.folder, 'data', 'things');
  const transaction = await Transaction.begin(staged.folder, layout, 'export', null);
  const { plan } = staged.staging;
  const output = { ...plan.output, parts: { by: 'key', targetMB: 100, rows: null } as const };
  const settled = { ...staged.staging, memoryLimitMB: 20, plan: { ...plan, output } };
  const run = { runtime, transaction, phases: new Phases() };
  const rowsCut = await cutByKey(run, settled, { rows: rows.length, characters: rows.length * 300, newest: undefined });
  if (rowsCut === undefined) throw new Error('not cut');
  const partRows = rowsCut.staging.plan.output.parts?.rows ?? 0;
  // Of few texts what the file should have: DuckDB sorts them beyond the memory.
  if (most === undefined) expect(partRows).toBeGreaterThan(rows.length);
  else expect(partRows).toBe(most);
  expect(rowsCut.sortsAtOnce).toBe(most === undefined);
  const { files } = await writeParts(runtime, rowsCut.staging, transaction, rowsCut);
  expect(files.reduce((sum, file) => sum + file.rows, 0)).toBe(rows.length);
});
