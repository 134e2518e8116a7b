import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportDataset } from '../../../../src/pipeline/export/export.ts';
import type { Runtime } from '../../../../src/pipeline/runtime.ts';
import { type DiffInput, diffVersions } from '../../../../src/pipeline/version/diff/diff.ts';
import { rollbackVersion } from '../../../../src/pipeline/version/rollback.ts';
import { startPostgres } from '../../../support/postgres.ts';
import { testRuntime } from '../../../support/runtime.ts';

const database = await (await startPostgres()).createDatabase();
let root: string;
let runtime: Runtime;

/** The same table twice: cut in parts, and whole. */
const DATASETS = {
  parts: { table: 'things', time: 'at', parts: { by: 'key', targetMB: 0.01 } },
  whole: { table: 'things', time: 'at' },
} as const;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapkeep-parts-'));
  runtime = testRuntime(root, { url: database.url }, DATASETS);
  await database.run(`CREATE TABLE things (id int PRIMARY KEY, code text, at timestamptz, doc json);
    INSERT INTO things SELECT i, md5(i::text), now() - make_interval(mins => 6000 - i), '{"a": 1, "b": 2}' FROM generate_series(1, 5000) i`);
  await exportBoth();
  await database.run(`UPDATE things SET code = md5(code) WHERE id > 4950;
    UPDATE things SET doc = '{"b": 2, "a": 1}' WHERE id > 4900;
    DELETE FROM things WHERE id BETWEEN 2000 AND 2010;
    INSERT INTO things SELECT i, md5(i::text), now(), '{}' FROM generate_series(5001, 5050) i`);
  await exportBoth();
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
  await database.drop();
});

async function exportBoth(days?: number): Promise<void> {
  for (const name of Object.keys(DATASETS)) await exportDataset(runtime, { name, ...(days ? { days } : {}) });
}

async function manifests(name: string): Promise<readonly Manifest[]> {
  const lines = (await readFile(join(root, 'data', name, 'versions.ndjson'), 'utf8')).trim().split('\n');
  return Promise.all(
    lines.map(async (line) => {
      const { snapshot } = JSON.parse(line) as { snapshot: string };
      return JSON.parse(await readFile(join(root, 'data', name, `${snapshot}.json`), 'utf8')) as Manifest;
    }),
  );
}

const pathOf = ({ dataset, snapshot }: Manifest, path: string) => join(root, 'data', dataset, snapshot, path);

/** What doesn't name the dataset. */
async function found(name: string, input: Partial<DiffInput> = {}) {
  const { key, rows, columns, schema, window, samples } = await diffVersions(runtime, {
    name,
    from: 'v1',
    to: 'v2',
    ...input,
  });
  return { key, rows, columns, schema, window: window?.column, samples };
}

test('an unchanged part is the same file in both versions, stored once', async () => {
  const [before, after] = await manifests('parts');
  if (!before || !after) throw new Error('no versions');
  const [whole] = await manifests('whole');
  expect(before.contentHash).toBe(whole?.contentHash);
  expect(before.files.length).toBeGreaterThan(5);
  const older = new Map(before.files.map((file) => [file.sha256, file.path]));
  const same = after.files.filter(({ sha256 }) => older.has(sha256));
  expect(after.files.length - same.length).toBeLessThanOrEqual(4);
  for (const { path, sha256 } of same) {
    const [old, now] = await Promise.all(
      [pathOf(before, older.get(sha256) ?? ''), pathOf(after, path)].map((file) => stat(file)),
    );
    // Either another name of the file, or a file that shares its blocks.
    if (old?.ino === now?.ino) expect(now?.mode && now.mode & 0o222).toBe(0);
  }
});

test('a comparison finds in parts what it finds in whole files, by whatever key', async () => {
  for (const input of [{}, { rows: 200 }, { key: ['code'] }, { key: [] }, { key: [''], rows: 100 }, { whole: true }]) {
    expect(await found('parts', input), JSON.stringify(input)).toEqual(await found('whole', input));
  }
  expect((await found('parts')).rows).toEqual({ added: 50, removed: 11, changed: 50, unchanged: 4939 });
});

test('a key that stands twice is found also where one of its rows is in a part that both have', async () => {
  await database.run(`UPDATE things SET code = (SELECT code FROM things WHERE id = 10) WHERE id = 5050`);
  await exportBoth();
  const input = { from: 'v2', to: 'v3' };
  expect(await found('parts', input)).toEqual(await found('whole', input));
  await expect(found('parts', { ...input, key: ['code'] })).rejects.toThrow(/code is no key of v3: 2 rows/);
});

test('different windows are compared where they overlap, in parts too', async () => {
  await exportBoth(2);
  const input = { from: 'v3', to: 'v4' };
  const whole = await found('whole', input);
  expect(whole.window).toBe('at');
  expect(await found('parts', input)).toEqual(whole);
  expect(await found('parts', { ...input, whole: true })).toEqual(await found('whole', { ...input, whole: true }));
});

test('parts that both versions have are not read; what was damaged is not passed on', async () => {
  const [before] = await manifests('parts');
  const first = before?.files[0];
  if (!before || !first) throw new Error('no file');
  await rollbackVersion(runtime, { name: 'parts', to: 'v1' });
  await rm(pathOf(before, first.path));
  await writeFile(pathOf(before, first.path), 'x'.repeat(first.bytes));
  expect((await found('parts', { from: 'v1', to: 'v2' })).rows.removed).toBe(11);
  await expect(found('parts', { key: ['code'] })).rejects.toThrow(/wrong bytes|not what/);
  const { files } = await exportDataset(runtime, { name: 'parts' });
  expect(files.map(({ sha256 }) => sha256)).toContain(first.sha256);
  const after = (await manifests('parts')).at(-1);
  if (!after) throw new Error('no version');
  expect(await readFile(pathOf(after, files[0]?.path ?? ''), 'latin1')).toMatch(/^PAR1/);
});
