import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

/** Nobody listens there: whoever gets another error than 10 did not connect. */
const NOWHERE = 'postgres://ada@127.0.0.1:1/none';

/** One version, and a change that would make the next. */
async function ordersProject(dvc = false): Promise<Project> {
  const project = await createProject({ sql: orders(20), dvc });
  await project.data('export', 'orders');
  await project.database.run('DELETE FROM orders WHERE order_id = 1');
  return project;
}

async function failsUnchanged(project: Project, args: string[], expected: Record<string, unknown>): Promise<void> {
  const before = await stateOf(project);
  expect(await project.failure(...args)).toMatchObject(expected);
  expect(await stateOf(project)).toEqual(before);
}

test.each([true, false])('a pre-commit hook that fails undoes all of it (with DVC: %s)', async (dvc) => {
  const project = await ordersProject(dvc);
  const hook = path.join(project.root, '.git/hooks/pre-commit');
  await writeFile(hook, '#!/bin/sh\necho "no commits on Fridays" >&2\nexit 1\n');
  await chmod(hook, 0o755);
  await failsUnchanged(project, ['export', 'orders'], {
    code: 'SNAPKEEP_GIT_FAILED',
    exitCode: 15,
    message: expect.stringContaining('no commits on Fridays'),
  });
  await chmod(hook, 0o644);
  await project.data('export', 'orders');
  await expectAgreement(project, 'orders', 2);
});

test('a first export that is refused leaves no data folder', async () => {
  const project = await createProject({ sql: orders(3) });
  await project.git('tag', 'orders/v1');
  await failsUnchanged(project, ['export', 'orders'], { exitCode: 15, message: expect.stringContaining('orders/v1') });
  await project.git('tag', '--delete', 'orders/v1');
  await project.data('export', 'orders');
  await expectAgreement(project, 'orders', 1);
});

test('a detached HEAD is told before anything is read', async () => {
  const project = await ordersProject();
  await project.git('checkout', '--quiet', '--detach');
  const expected = { code: 'SNAPKEEP_GIT_STATE', exitCode: 15, message: expect.stringContaining('detached') };
  await failsUnchanged(project, ['export', 'orders', '--url', NOWHERE], expected);
  await failsUnchanged(project, ['version', 'rollback', 'orders', 'v1'], expected);
});

test('a DVC that isn’t there is told before anything is read', async () => {
  const project = await ordersProject(true);
  await project.write({ 'snapkeep.config.yaml': { plugins: { dvc: { command: './none/dvc' } } } });
  const expected = { code: 'SNAPKEEP_DVC_MISSING', exitCode: 16 };
  await failsUnchanged(project, ['export', 'orders', '--url', NOWHERE], expected);
});

test('no identity for the commit is told before anything is read', async () => {
  const project = await ordersProject();
  const nobody = project.with({ GIT_CONFIG_GLOBAL: '/dev/null', EMAIL: '', GIT_CONFIG_COUNT: '1' });
  const strict = nobody.with({ GIT_CONFIG_KEY_0: 'user.useConfigOnly', GIT_CONFIG_VALUE_0: 'true' });
  expect(await strict.failure('export', 'orders', '--url', NOWHERE)).toMatchObject({
    code: 'SNAPKEEP_GIT_STATE',
    exitCode: 15,
  });
});

test('what somebody changed, staged or left untracked stays so, and isn’t in the commit', async () => {
  const project = await ordersProject();
  await project.write({ 'notes.md': 'one\n' });
  await project.git('add', 'notes.md');
  await project.git('commit', '--quiet', '--message', 'notes');
  await project.write({ 'notes.md': 'two\n', 'staged.md': 'staged\n', 'new.md': 'new\n' });
  await project.git('add', 'staged.md');
  const status = await project.git('status', '--porcelain');
  const { snapshot } = await project.data<{ snapshot: string }>('export', 'orders');
  expect(await project.git('status', '--porcelain')).toBe(status);
  expect((await project.git('show', '--format=', '--name-only', 'HEAD')).split('\n').sort()).toEqual([
    `data/orders/${snapshot}.json`,
    'data/orders/latest',
    'data/orders/versions.ndjson',
  ]);
  await project.data('version', 'rollback', 'orders', 'v1');
  expect(await project.git('status', '--porcelain')).toBe(status);
});
