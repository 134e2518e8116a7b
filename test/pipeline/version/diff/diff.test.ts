import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { exportDataset } from '../../../../src/pipeline/export/export.ts';
import type { Runtime } from '../../../../src/pipeline/runtime.ts';
import { diffVersions } from '../../../../src/pipeline/version/diff/diff.ts';
import { rollbackVersion } from '../../../../src/pipeline/version/rollback.ts';
import { startPostgres } from '../../../support/postgres.ts';
import { testRuntime } from '../../../support/runtime.ts';

const database = await (await startPostgres()).createDatabase();
let root: string;
let runtime: Runtime;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapkeep-diff-'));
  runtime = testRuntime(root, { url: database.url });
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await database.run('DROP TABLE IF EXISTS things, "Odd Name"');
});
afterAll(() => database.drop());

const diff = (from = 'v1', to = 'v2') => diffVersions(runtime, { name: 'things', from, to });

test('rows are compared by key; NULL equals NULL, NaN equals NaN, and a wider DECIMAL changes no value', async () => {
  await database.run(`CREATE TABLE things (id int, part text, price numeric, x float8, note text, PRIMARY KEY (id, part));
    INSERT INTO things VALUES (1, 'a', 1.5, 'NaN', NULL), (2, 'a', 2.25, 0, 'n'), (2, 'b', 3, 0, 'n'), (3, 'a', 4, 0, 'gone')`);
  await exportDataset(runtime, { name: 'things' });
  await database.run(`DELETE FROM things WHERE id = 3; INSERT INTO things VALUES (4, 'a', 1000.125, 0, 'new');
    UPDATE things SET note = NULL, x = 7 WHERE part = 'b'`);
  const { warnings } = await exportDataset(runtime, { name: 'things' });
  expect(warnings).toEqual(['column price changes its type: DECIMAL(3,2) → DECIMAL(7,3)']);
  expect(await diff()).toMatchObject({
    key: ['id', 'part'],
    rows: { added: 1, removed: 1, changed: 1, unchanged: 2 },
    columns: [
      { name: 'x', changed: 1 },
      { name: 'note', changed: 1 },
    ],
    schema: [{ column: 'price', change: 'type', from: 'DECIMAL(3,2)', to: 'DECIMAL(7,3)' }],
  });
  // The next version keeps the wider type though no value needs it any more.
  await database.run('DELETE FROM things WHERE id = 4');
  expect((await exportDataset(runtime, { name: 'things' })).warnings).toEqual([]);
});

test('without a key a row counts as a whole, as often as it stands there', async () => {
  await database.run(
    `CREATE TABLE things (a int, tags text[]); INSERT INTO things VALUES (1, '{x}'), (1, '{x}'), (2, NULL)`,
  );
  await exportDataset(runtime, { name: 'things' });
  await database.run(`DELETE FROM things WHERE a = 2; INSERT INTO things VALUES (1, '{x}'), (3, '{}')`);
  await exportDataset(runtime, { name: 'things' });
  expect(await diff()).toMatchObject({ key: null, rows: { added: 2, removed: 1, changed: 0, unchanged: 2 } });
});

test('different windows are compared where they overlap; a rollback’s preview counts what readers see', async () => {
  await database.run(`CREATE TABLE things (id int PRIMARY KEY, created_at timestamptz);
    INSERT INTO things SELECT i, now() - make_interval(days => i) FROM generate_series(1, 20) i`);
  await exportDataset(runtime, { name: 'things' });
  const { warnings } = await exportDataset(runtime, { name: 'things', days: 5 });
  expect(warnings).toEqual([
    expect.stringMatching(/^latest now holds created_at from .*; the last version held all rows$/),
  ]);
  expect((await diff()).rows).toEqual({ added: 0, removed: 0, changed: 0, unchanged: 4 });
  expect((await diff()).window).toMatchObject({ column: 'created_at' });
  const preview = await rollbackVersion(runtime, { name: 'things', to: 'v1', dryRun: true });
  expect(preview.diff?.rows).toEqual({ added: 16, removed: 0, changed: 0, unchanged: 4 });
});

test('a renamed key and time column leave a comparison of what both versions have', async () => {
  await database.run(`CREATE TABLE things (id int PRIMARY KEY, at timestamptz, v int);
    INSERT INTO things VALUES (1, '2026-01-01', 1), (2, '2026-01-03', 2)`);
  await exportDataset(runtime, { name: 'things' });
  const things = { table: 'things', rename: { id: 'no', at: 'happened' }, time: 'happened' };
  const renamed = testRuntime(root, { url: database.url }, { things });
  await exportDataset(renamed, { name: 'things', since: '2026-01-02' });
  expect(await diffVersions(renamed, { name: 'things', from: 'v1', to: 'v2' })).toMatchObject({
    key: null,
    window: null,
    rows: { added: 0, removed: 1, unchanged: 1 },
    schema: [
      { column: 'id', change: 'removed' },
      { column: 'at', change: 'removed' },
      { column: 'no', change: 'added' },
      { column: 'happened', change: 'added' },
    ],
  });
});

test('a dataset that no configuration knows is exported again by the name that its versions have', async () => {
  await database.run('CREATE TABLE "Odd Name" (id int PRIMARY KEY); INSERT INTO "Odd Name" VALUES (1)');
  expect(await exportDataset(runtime, { name: 'Odd Name' })).toMatchObject({ dataset: 'odd_name', version: 1 });
  await database.run('INSERT INTO "Odd Name" VALUES (2)');
  expect(await exportDataset(runtime, { name: 'odd_name' })).toMatchObject({ version: 2, rows: 2 });
});
