import { appendFile, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf, transactionsOf } from './support/state.ts';

async function ordersProject(git: object): Promise<Project> {
  const project = await createProject({ sql: orders(40), datasets: { orders: { table: 'orders' } } });
  await appendFile(path.join(project.root, 'snapkeep.config.yaml'), `plugins: ${JSON.stringify({ git })}\n`);
  await project.git('commit', '--quiet', '--all', '--message', 'settings');
  return project;
}

const change = (project: Project) => project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');

test('without commits versions are written, compared, rolled back, and recorded by whoever commits them', async () => {
  const project = await ordersProject({ commit: false });
  const log = await project.git('log', '--format=%H');
  const first = await project.run('export', 'orders');
  expect([first.exitCode, first.stderr]).toEqual([0, expect.stringContaining('nothing is committed or tagged')]);
  await change(project);
  expect(await project.data('export', 'orders')).toMatchObject({ version: 2, commit: null, tag: null });
  expect(await project.data('export', 'orders')).toMatchObject({ version: 2, unchanged: true });
  expect(await project.data('version', 'diff', 'orders', 'v1', 'v2')).toMatchObject({ rows: { changed: 3 } });
  expect(await project.data('version', 'rollback', 'orders', 'v1')).toMatchObject({ version: 3, commit: null });
  expect(await project.data('version', 'note', 'orders', 'v3', 'as it was')).toMatchObject({
    added: true,
    commit: null,
  });
  expect(await project.data('version', 'gc', 'orders', '--keep-last', '1', '--confirm')).toMatchObject({
    snapshots: [{ versions: [2], left: ['workspace'] }],
    commit: null,
  });
  expect(await project.data('version', 'list', 'orders')).toMatchObject({
    versions: [{ tag: null, rows: 40 }, { rows: 40 }, { commit: null, current: true }],
  });
  expect(await project.failure('version', 'tag', 'orders', 'v3', 'first')).toMatchObject({
    code: 'SNAPKEEP_GIT_FAILED',
  });
  expect(await project.git('log', '--format=%H')).toBe(log);
  expect(await project.git('diff', '--cached', '--name-only')).toBe('');
  expect(await project.git('tag')).toBe('');
  expect(await transactionsOf(project)).toEqual([]);

  await project.git('add', 'data');
  await project.git('commit', '--quiet', '--message', 'by hand');
  expect(await project.git('status', '--porcelain')).toBe('');
  expect(await project.data('version', 'tag', 'orders', '--restore')).toMatchObject({
    tags: [{ version: 3 }],
    unknown: [1, 2],
  });
  const config = path.join(project.root, 'snapkeep.config.yaml');
  const text = await readFile(config, 'utf8');
  await project.write({ 'snapkeep.config.yaml': text.replace(/^plugins:.*$/m, '') });
  await project.git('commit', '--quiet', '--all', '--message', 'commit again');
  expect(await project.data('export', 'orders')).toMatchObject({ version: 4, tag: 'orders/v4' });
  expect(await project.git('status', '--porcelain')).toBe('');

  await project.write({ 'snapkeep.config.yaml': text });
  await rm(path.join(project.root, '.git'), { recursive: true });
  expect(await project.data('export', 'orders', '--force')).toMatchObject({ version: 5, commit: null });
});

test('branch, sign-off and message hold for export and rollback; what is misspelt is told with its line', async () => {
  const project = await ordersProject({
    branch: 'main',
    signOff: true,
    message: 'data: {dataset} v{version} [skip ci]',
  });
  await project.data('export', 'orders');
  await change(project);
  await project.data('export', 'orders');
  await project.data('version', 'rollback', 'orders', 'v1');
  const subjects = (await project.git('log', '-3', '--format=%s')).split('\n');
  expect(subjects).toEqual([3, 2, 1].map((version) => `data: orders v${version} [skip ci]`));
  expect(await project.git('log', '-1', '--format=%B')).toMatch(
    /^data: .*\n\nSnapshot: .*\nBefore: .*\nSnapshot-Tx: .*\nSigned-off-by: Ada <ada@example.org>\n?$/,
  );
  expect(await project.data('version', 'list', 'orders')).toMatchObject({
    versions: [{}, {}, { message: 'rollback to v1' }],
  });
  await expectAgreement(project, 'orders', 3);

  await project.git('switch', '--quiet', '--create', 'trial');
  const before = await stateOf(project);
  const refused = { code: 'SNAPKEEP_GIT_STATE', exitCode: 15, hint: expect.stringContaining('git switch main') };
  expect(await project.failure('export', 'orders')).toMatchObject(refused);
  expect(await project.failure('version', 'rollback', 'orders', 'v2')).toMatchObject(refused);
  expect(await stateOf(project)).toEqual(before);

  const config = path.join(project.root, 'snapkeep.config.yaml');
  await project.write({ 'snapkeep.config.yaml': (await readFile(config, 'utf8')).replace('signOff', 'signoff') });
  const failure = await project.failure('export', 'orders');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_CONFIG_INVALID', exitCode: 2 });
  expect(failure.message).toMatch(
    /snapkeep\.config\.yaml:\d+:\d+: unknown key "signoff" in plugins\.git; did you mean signOff\?/,
  );
});
