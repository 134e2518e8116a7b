import { chown, readdir } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { failureOf, REPOSITORY } from './support/cli.ts';
import { orders } from './support/events.ts';
import { start } from './support/process.ts';
import { createProject } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

/** One version, and a change that would make the next. */
async function ordersProject() {
  const project = await createProject({ sql: orders(20) });
  await project.data('export', 'orders');
  await project.database.run('DELETE FROM orders WHERE order_id = 1');
  return project;
}

test('with too few open files an export ends with 12 and leaves all as it was, or goes through', async () => {
  const project = await ordersProject();
  const run = path.join(REPOSITORY, 'bin', 'run.js');
  let failed = 0;
  // Enough for Node, but not for the plugins; for these, but not for git; for git.
  for (const limit of [25, 31, 40]) {
    const before = await stateOf(project);
    const line = [`ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, run, 'export', 'orders', '--json'];
    const finished = await start('/bin/sh', ['-c', ...line], { cwd: project.root, env: project.env }).finished;
    if (finished.exitCode === 0) continue;
    failed += 1;
    const failure = failureOf(finished);
    expect(failure, `${limit}: ${finished.stdout}`).toMatchObject({ code: 'SNAPKEEP_STORAGE_FAILED', exitCode: 12 });
    expect(failure.message).toContain('too many open files');
    expect(failure.hint).toContain('ulimit -n');
    expect(await stateOf(project)).toEqual(before);
  }
  expect(failed).toBeGreaterThan(0);
  await project.data('export', 'orders');
  await expectAgreement(project, 'orders', 2);
});

test.skipIf(process.getuid?.() !== 0)(
  'a repository of somebody else is told before anything is read (15)',
  async () => {
    const project = await ordersProject();
    await execa('chown', ['-R', '1234', path.join(project.root, '.git')]);
    await chown(project.root, 1234, 1234);
    const before = await readdir(project.root, { recursive: true });
    const failure = await project.failure('export', 'orders', '--url', 'postgres://ada@127.0.0.1:1/none');
    expect(failure).toMatchObject({ code: 'SNAPKEEP_GIT_STATE', exitCode: 15 });
    expect(failure.hint).toContain('safe.directory');
    expect(await readdir(project.root, { recursive: true })).toEqual(before);
  },
);

test('a tag that stands where the next version’s would: 15, all as before; without it the version is made', async () => {
  const project = await ordersProject();
  await project.git('tag', 'orders/v2', 'HEAD');
  const before = await stateOf(project);
  const failure = await project.failure('export', 'orders');
  expect(failure).toMatchObject({ exitCode: 15, message: expect.stringContaining('orders/v2') });
  expect(await stateOf(project)).toEqual(before);
  await project.git('tag', '--delete', 'orders/v2');
  await project.data('export', 'orders');
  await expectAgreement(project, 'orders', 2);
});

test('a git lock of somebody else is told (15) and never deleted', async () => {
  const project = await ordersProject();
  await project.write({ '.git/index.lock': '' });
  const before = await stateOf(project).catch(() => null);
  expect(await project.failure('export', 'orders')).toMatchObject({ code: 'SNAPKEEP_GIT_STATE', exitCode: 15 });
  expect(await readdir(path.join(project.root, '.git'))).toContain('index.lock');
  expect(await stateOf(project).catch(() => null)).toEqual(before);
});
