import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { createProject, type Project } from './support/project.ts';
import { versionLines } from './support/state.ts';

vi.setConfig({ testTimeout: 900_000 });

interface File {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

const TABLE = [
  'CREATE TABLE orders (order_id int PRIMARY KEY, note text NOT NULL, created_at timestamptz NOT NULL)',
  `INSERT INTO orders SELECT n, md5(n::text), timestamptz '2026-01-01' + n * interval '1 hour' FROM generate_series(1, 5000) AS n`,
];
const SUM = 'SELECT count(*) AS n, sum(order_id) AS s, bool_and(order_id > before) AS ordered';
const QUERY = `${SUM} FROM (SELECT *, coalesce(lag(order_id) OVER (), 0) AS before FROM orders)`;

async function filesOf(project: Project, version: number): Promise<readonly File[]> {
  const line = (await versionLines(project, 'orders'))[version - 1];
  const text = await readFile(path.join(project.root, 'data/orders', `${line?.snapshot}.json`), 'utf8');
  return (JSON.parse(text) as { files: File[] }).files;
}

/** Objects of DVC's cache, without listings: bytes by name. */
async function objectsOf(project: Project): Promise<ReadonlyMap<string, number>> {
  const folder = path.join(project.root, '.dvc/cache/files/md5');
  const found = new Map<string, number>();
  for (const name of await readdir(folder, { recursive: true })) {
    const stats = await stat(path.join(folder, name));
    if (stats.isFile() && !name.endsWith('.dir')) found.set(name, stats.size);
  }
  return found;
}

test('versions share their parts: in work tree, cache and remote; every command reads them; nothing goes that another needs', async () => {
  const datasets = { orders: { table: 'orders', parts: { by: 'key', targetMB: 0.02 }, retention: { keepLast: 1 } } };
  const project = await createProject({ sql: TABLE, dvc: true, datasets });
  await project.write({
    '.dvc/config.local': `[core]\n    remote = team\n['remote "team"']\n    url = ../../remote\n`,
  });
  await project.data('export', 'orders');
  await project.data('sync', 'orders', '--to', 'analytics.duckdb');
  await project.data('version', 'push', 'orders');
  const before = await objectsOf(project);
  await project.database.run(`UPDATE orders SET note = 'changed' WHERE order_id > 4950`);
  await project.database.run(
    `INSERT INTO orders SELECT n, md5(n::text), now() FROM generate_series(5001, 5050) AS n; DELETE FROM orders WHERE order_id = 2500`,
  );
  await project.data('export', 'orders');

  const [old, now] = [await filesOf(project, 1), await filesOf(project, 2)];
  expect(old.length).toBeGreaterThan(5);
  expect(now[0]?.path).toBe('orders-00000.parquet');
  const oldHashes = old.map(({ sha256 }) => sha256);
  const changed = now.filter(({ sha256 }) => !oldHashes.includes(sha256));
  expect(changed.length).toBeGreaterThan(0);
  expect(changed.length).toBeLessThanOrEqual(4);
  const added = [...(await objectsOf(project))].filter(([name]) => !before.has(name));
  expect(added.map(([, bytes]) => bytes).sort()).toEqual(changed.map(({ bytes }) => bytes).sort());
  const [first] = await versionLines(project, 'orders');
  const inodes = async (snapshot: string) =>
    (await stat(path.join(project.root, 'data/orders', snapshot, 'orders-00000.parquet'))).ino;
  expect(await inodes(first?.snapshot ?? '')).toBe(await inodes('latest'));

  const rows = async (at: string) =>
    (await project.data<{ rows: unknown[][] }>('query', QUERY, '--at', at)).rows[0]?.map(String);
  const [v1, v2] = [
    ['5000', String((5000 * 5001) / 2), 'true'],
    ['5049', String((5050 * 5051) / 2 - 2500), 'true'],
  ];
  expect(await rows('v2')).toEqual(v2);
  expect(await rows('v1')).toEqual(v1);
  expect(await project.data('version', 'diff', 'orders', 'v1', 'v2')).toMatchObject({
    rows: { added: 50, removed: 1, changed: 50, unchanged: 4949 },
  });
  expect(await project.data('validate', 'orders', '--at', 'v1')).toMatchObject({ rows: 5000 });
  await project.data('version', 'verify', 'orders');
  // The view followed `latest`, which has other files now.
  const { targets } = await project.data<{ targets: { rows: number }[] }>('sync', 'orders', '--to', 'analytics.duckdb');
  expect(targets[0]?.rows).toBe(5049);

  const preview = await project.data('version', 'push', 'orders', '--dry-run');
  expect(preview).toMatchObject({ versions: [{ sentObjects: changed.length + 1 }] });
  const pushed = await project.data('version', 'push', 'orders');
  expect(pushed).toMatchObject({ versions: [{ sentObjects: changed.length + 1 }] });

  await project.data('version', 'gc', 'orders', '--cache');
  const left = await objectsOf(project);
  expect([...left.values()].sort()).toEqual(now.map(({ bytes }) => bytes).sort());
  await project.data('version', 'verify', 'orders', 'v2');
  const only = old.filter(({ sha256 }) => !now.some((file) => file.sha256 === sha256));
  const would = await project.data('version', 'pull', 'orders', 'v1', '--dry-run');
  expect(would, 'the remote’s listing tells what the cache has').toMatchObject({
    versions: [{ fetchedObjects: only.length + 1 }],
  });
  const pull = await project.data('version', 'pull', 'orders', 'v1');
  expect(pull, 'only what v2 has not, and the listing').toMatchObject({
    versions: [{ fetchedObjects: only.length + 1 }],
  });
  await project.data('version', 'rollback', 'orders', 'v1');
  expect((await objectsOf(project)).size).toBe(left.size + only.length);
  expect(await rows('latest')).toEqual(v1);

  // What is there is what the manifest says, or it is written anew.
  const damaged = path.join(project.root, 'data/orders/latest/orders-00000.parquet');
  // A name of its own: the cache has the old bytes.
  await rm(damaged);
  await writeFile(damaged, 'damaged');
  await project.data('export', 'orders');
  expect((await filesOf(project, 4)).map(({ sha256 }) => sha256)).toEqual(now.map(({ sha256 }) => sha256));
  expect(await rows('v4')).toEqual(v2);
});

test('a part that versions share is sent, fetched and counted once', async () => {
  const datasets = { orders: { table: 'orders', parts: { by: 'key', targetMB: 0.02 } } };
  const project = await createProject({ sql: TABLE, dvc: true, datasets });
  await project.write({
    '.dvc/config.local': `[core]\n    remote = team\n['remote "team"']\n    url = ../../remote\n`,
  });
  await project.data('export', 'orders');
  await project.database.run(`UPDATE orders SET note = 'changed' WHERE order_id > 4950`);
  await project.data('export', 'orders');
  const files = [...(await filesOf(project, 1)), ...(await filesOf(project, 2))];
  const bytes = [...new Map(files.map((file) => [file.sha256, file.bytes])).values()];
  const sum = bytes.reduce((total, one) => total + one, 0);
  expect(files.length).toBeGreaterThan(bytes.length);

  type Counts = Record<'sentObjects' | 'fetchedObjects', number>;
  type Transfer = Record<'sentBytes' | 'fetchedBytes', number> & { versions: Counts[] };
  const all = async (command: 'push' | 'pull', ...flags: string[]) => {
    const answer = await project.data<Transfer>('version', command, 'orders', '--all', ...flags);
    const counts = command === 'push' ? 'sentObjects' : 'fetchedObjects';
    const objects = answer.versions.reduce((total, one) => total + one[counts], 0);
    return { objects, bytes: command === 'push' ? answer.sentBytes : answer.fetchedBytes };
  };
  const would = await all('push', '--dry-run');
  expect(would).toEqual({ objects: bytes.length + 2, bytes: sum });
  expect((await all('push')).objects).toBe(would.objects);
  await rm(path.join(project.root, '.dvc/cache'), { recursive: true });
  for (const { snapshot } of await versionLines(project, 'orders')) {
    await rm(path.join(project.root, 'data/orders', snapshot), { recursive: true });
  }
  expect(await all('pull', '--dry-run')).toEqual(would);
  expect((await all('pull')).objects).toBe(would.objects);
});

test('without a key, or unsorted, there is nothing to cut by; unsorted rows are the same content', async () => {
  const parts = { by: 'key' };
  const project = await createProject({
    sql: [
      'CREATE TABLE heap (a int)',
      'CREATE TABLE backwards (id int PRIMARY KEY, name text)',
      `INSERT INTO backwards SELECT n, 'row ' || n FROM generate_series(500, 1, -1) AS n`,
    ],
    datasets: {
      heap: { table: 'heap', parts },
      both: { table: 'backwards', sort: 'none', parts },
      sorted: { table: 'backwards' },
      unsorted: { table: 'backwards', sort: 'none' },
    },
  });
  const error = await project.failure('export', 'heap');
  expect(error).toMatchObject({ code: 'SNAPKEEP_CONFIG_INVALID', exitCode: 2 });
  expect(`${error.message} ${error.hint}`).toMatch(/there is no key by which to cut.*datasets\.heap\.key/);
  expect(await project.failure('export', 'both')).toMatchObject({ code: 'SNAPKEEP_CONFIG_INVALID', exitCode: 2 });

  const sorted = await project.data('export', 'sorted');
  const unsorted = await project.data('export', 'unsorted');
  expect(unsorted.contentHash).toBe(sorted.contentHash);
  const first = 'SELECT (SELECT id FROM sorted LIMIT 1) AS sorted, (SELECT id FROM unsorted LIMIT 1) AS unsorted';
  expect((await project.data('query', first)).rows).toEqual([[1, 500]]);
});
