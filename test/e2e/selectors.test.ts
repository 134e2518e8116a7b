import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';

const COUNT = 'SELECT count(*) AS n FROM orders';

/** Two versions of `orders`, 20 and 15 rows, made on the 1st and the 2nd of January, and one of `users`. */
async function twoVersions(): Promise<Project> {
  const project = await createProject({
    sql: [...orders(20), 'CREATE TABLE users (id int PRIMARY KEY)', 'INSERT INTO users VALUES (1)'],
  });
  await project.data('export', 'orders');
  await project.database.run('DELETE FROM orders WHERE order_id <= 5');
  await project.data('export', 'orders');
  await project.data('export', 'users');
  await date(project, 'orders', ['2026-01-01T10:00:00.000Z', '2026-01-02T10:00:00.000Z']);
  await date(project, 'users', ['2026-01-02T09:00:00.000Z']);
  await project.git('commit', '--quiet', '--all', '--message', 'dates');
  return project;
}

async function date(project: Project, dataset: string, created: readonly string[]): Promise<void> {
  const file = path.join(project.root, 'data', dataset, 'versions.ndjson');
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  const dated = lines.map((line, index) => JSON.stringify({ ...JSON.parse(line), created: created[index] }));
  await writeFile(file, `${dated.join('\n')}\n`);
}

test('a version is found by date, time, tag, branch and commit, in every command that takes one', async () => {
  const project = await twoVersions();
  const shown = async (selector: string) =>
    (await project.data<{ version: number }>('version', 'show', 'orders', selector)).version;
  expect(await shown('2026-01-01')).toBe(1);
  expect(await shown('2026-01-02T09:59Z')).toBe(1);
  expect(await shown('2026-01-02T11:00+01:00')).toBe(2);
  expect(await shown('yesterday')).toBe(2);
  expect(await project.failure('version', 'show', 'orders', '2025-12-31')).toMatchObject({
    code: 'SNAPKEEP_VERSION_UNKNOWN',
    message: 'orders had no version yet at 2025-12-31',
    hint: expect.stringContaining('v1, was made at 2026-01-01T10:00:00.000Z'),
  });

  await project.git('tag', 'paper-2026', 'orders/v1');
  await project.git('branch', 'old', 'orders/v1');
  expect(await shown('paper-2026')).toBe(1);
  expect(await shown('old')).toBe(1);
  expect(await shown(await project.git('rev-parse', '--short', 'orders/v1^{commit}'))).toBe(1);
  expect(await shown('HEAD~2')).toBe(2);
  expect(await shown('users/v1')).toBe(2);
  await project.git('tag', '--delete', 'orders/v1', 'orders/v2');
  expect(await shown('orders/v1')).toBe(1);

  expect(await project.data('version', 'diff', 'orders', 'paper-2026', 'today')).toMatchObject({
    rows: { removed: 5 },
  });
  expect(await project.data('version', 'verify', 'orders', '2026-01-01')).toMatchObject({ versions: [{ version: 1 }] });
  expect(await project.data('sync', 'orders', '--at', 'paper-2026', '--to', 'x.duckdb')).toMatchObject({ rows: 20 });
  expect(await project.data('query', COUNT, '--at', 'paper-2026')).toMatchObject({ rows: [[20]] });
  const both = `SELECT (FROM (${COUNT})), (SELECT count(*) FROM users)`;
  expect(await project.data('query', both, '--at', '2026-01-02')).toMatchObject({ versions: { orders: 2, users: 1 } });
  expect(await project.data('query', both, '--at', '2026-01-02', '--at', 'orders=v1')).toMatchObject({
    rows: [[20, 1]],
  });
  expect(await project.failure('query', both, '--at', 'v1')).toMatchObject({ code: 'SNAPKEEP_USAGE' });
  // A dataset that had no version then doesn't stand in the way of a query that leaves it alone.
  expect(await project.data('query', COUNT, '--at', '2026-01-01')).toMatchObject({ versions: { orders: 1 } });
  expect(await project.failure('query', both, '--at', '2026-01-01')).toMatchObject({
    code: 'SNAPKEEP_VERSION_UNKNOWN',
  });

  expect(await project.data('version', 'rollback', 'orders', '2026-01-01')).toMatchObject({ version: 3, to: 1 });
  expect(await project.data('version', 'rollback', 'orders', 'paper-2026')).toMatchObject({
    version: 3,
    unchanged: true,
  });
});

test('what can mean several versions is told with its candidates; what a branch does not have, with its snapshot', async () => {
  const project = await twoVersions();
  await project.git('tag', '2026-01-02', 'orders/v1');
  await project.git('branch', 'both', 'orders/v1');
  await project.git('tag', 'both', 'orders/v2');
  expect(await project.failure('version', 'show', 'orders', '2026-01-02')).toMatchObject({
    code: 'SNAPKEEP_VERSION_AMBIGUOUS',
    exitCode: 2,
    details: {
      candidates: ['the newest version by 2026-01-02T23:59:59.999Z: v2', 'refs/tags/2026-01-02: v1'],
    },
  });
  expect((await project.failure('version', 'show', 'orders', 'both')).message).toContain(
    'refs/heads/both: v1; refs/tags/both: v2',
  );
  expect(await project.data('version', 'show', 'orders', 'refs/tags/2026-01-02')).toMatchObject({ version: 1 });
  expect(await project.data('version', 'show', 'orders', '2026-01-02T23:00Z')).toMatchObject({ version: 2 });

  await project.git('switch', '--quiet', 'both');
  await project.git('tag', '--delete', 'orders/v2', 'both');
  await project.database.run('DELETE FROM orders WHERE order_id <= 10');
  await project.data('export', 'orders');
  await project.git('switch', '--quiet', 'main');
  const error = await project.failure('version', 'show', 'orders', 'refs/heads/both');
  expect(error.message).toMatch(/^at refs\/heads\/both orders was v2, snapshot \S+, which this branch doesn't have$/);
  expect(await project.failure('version', 'show', 'users', 'orders/v1')).toMatchObject({
    message: 'at refs/tags/orders/v1 users has no version',
  });
  expect(await project.failure('version', 'show', 'orders', 'nothing')).toMatchObject({
    code: 'SNAPKEEP_VERSION_UNKNOWN',
  });
});

test('a shallow clone without tags knows its versions, and says how to get the commits that it lacks', async () => {
  const project = await twoVersions();
  const first = await project.git('rev-parse', 'orders/v1^{commit}');
  await project.git('clone', '--quiet', '--depth=1', '--no-tags', `file://${project.root}`, '../clone');
  const clone = project.in('../clone');
  expect(await clone.data('version', 'list', 'orders')).toMatchObject({
    versions: [{ version: 1, tag: null }, { version: 2 }],
  });
  expect(await clone.data('version', 'show', 'orders', 'orders/v1')).toMatchObject({ version: 1 });
  expect(await clone.data('version', 'show', 'orders', '2026-01-01')).toMatchObject({ version: 1 });
  expect(await clone.failure('version', 'show', 'orders', first)).toMatchObject({
    code: 'SNAPKEEP_VERSION_UNKNOWN',
    hint: 'This clone is shallow, so that older commits are missing: git fetch --unshallow',
  });
  await clone.git('fetch', '--quiet', '--unshallow');
  expect(await clone.data('version', 'show', 'orders', first)).toMatchObject({ version: 1 });
  await rm(clone.root, { recursive: true, force: true });
});
