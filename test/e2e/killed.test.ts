import { chmod, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { until } from './support/process.ts';
import { createProject, type Project } from './support/project.ts';
import { backends, SLOW, untilStreaming } from './support/slow.ts';
import { expectAgreement, stateOf, transactionsOf, versionLines } from './support/state.ts';

/** A hook of the repository that kills snapkeep, the parent of the git that runs the hook. */
async function killFrom(project: Project, hook: string, when: string, then = 'exit 0'): Promise<string> {
  const file = path.join(project.root, '.git', 'hooks', hook);
  const kill = `kill -9 "$(cut -d ' ' -f 4 "/proc/$PPID/stat")"`;
  await writeFile(file, `#!/bin/sh\nif ${when}; then ${kill}; sleep 0.2; ${then}; fi\nexit 0\n`);
  await chmod(file, 0o755);
  return file;
}

async function ordersProject(dvc: boolean): Promise<Project> {
  const project = await createProject({ sql: orders(40), dvc });
  await project.data('export', 'orders');
  await project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');
  return project;
}

test('killed in the middle of the rows: the next export undoes it, in one line', async () => {
  const project = await createProject({ datasets: SLOW });
  const running = project.start('export', 'slow');
  await untilStreaming(project);
  const before = await stateOf(project);
  running.child.kill('SIGKILL');
  expect((await running.finished).exitCode).toBe('SIGKILL');
  expect(await stateOf(project), 'nothing visible came of it').toEqual(before);
  expect(await transactionsOf(project)).toHaveLength(1);

  await until('the server noticed', async () => (await backends(project)) === 0);
  const next = await project.run('export', 'slow', '--limit', '1');
  expect(next.exitCode, next.stderr).toBe(0);
  expect(next.stderr.match(/undid an interrupted export of slow .*nothing of it was committed/g)).toHaveLength(1);
  expect(await transactionsOf(project)).toEqual([]);
});

test.each([
  ['in git’s hook before the commit', 'pre-commit', 'true', 'exit 1'],
  ['as the commit is about to happen', 'reference-transaction', 'test "$1" = prepared', 'exit 0'],
])('killed %s: the next command that writes undoes it', async (_, hook, when, then) => {
  const project = await ordersProject(true);
  const head = await project.git('rev-parse', 'HEAD');
  const file = await killFrom(project, hook, when, then);
  expect((await project.run('export', 'orders')).exitCode).toBe('SIGKILL');
  await rm(file);
  expect(await project.git('rev-parse', 'HEAD')).toBe(head);

  const next = await project.run('export', 'orders');
  expect(next.exitCode, next.stderr).toBe(0);
  expect(next.stderr).toMatch(/undid an interrupted export of orders/);
  await expectAgreement(project, 'orders', 2);
});

test('killed right after the commit: the next command that writes completes it', async () => {
  const project = await ordersProject(true);
  const file = await killFrom(project, 'reference-transaction', 'test "$1" = committed');
  expect((await project.run('export', 'orders')).exitCode).toBe('SIGKILL');
  await rm(file);

  const next = await project.run('export', 'orders', '--json');
  expect(next.exitCode, next.stderr).toBe(0);
  expect(next.stderr).toMatch(/completed an interrupted export of orders .*its commit stood already/);
  expect(JSON.parse(next.stdout)).toMatchObject({ data: { unchanged: true, version: 2 } });
  await expectAgreement(project, 'orders', 2);
});

test('a rollback that was killed after its commit is completed by the next export', async () => {
  const project = await ordersProject(false);
  await project.data('export', 'orders');
  const file = await killFrom(project, 'reference-transaction', 'test "$1" = committed');
  expect((await project.run('version', 'rollback', 'orders', 'v1')).exitCode).toBe('SIGKILL');
  await rm(file);
  const next = await project.run('export', 'orders');
  expect(next.exitCode, next.stderr).toBe(0);
  expect(next.stderr).toMatch(/completed an interrupted rollback of orders/);
  expect((await versionLines(project, 'orders')).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  await expectAgreement(project, 'orders', 4);
});

test('a version that was killed by post-commit needs no healing but its folder', async () => {
  const project = await ordersProject(false);
  const file = await killFrom(project, 'post-commit', 'true');
  expect((await project.run('export', 'orders')).exitCode).toBe('SIGKILL');
  await rm(file);
  const back = await project.run('version', 'rollback', 'orders', 'v1');
  expect(back.exitCode, back.stderr).toBe(0);
  await expectAgreement(project, 'orders', 3);
});
