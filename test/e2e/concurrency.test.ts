import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { failureOf } from './support/cli.ts';
import { orders } from './support/events.ts';
import { type Running, until } from './support/process.ts';
import { createProject, type Project } from './support/project.ts';
import { untilStreaming } from './support/slow.ts';
import { expectAgreement, versionLines } from './support/state.ts';

/** While the table `slowly` has a row the rows take a moment each. */
const SQL = ['CREATE TABLE slowly (n int)', 'INSERT INTO slowly VALUES (1)'];
const slow = (rows: number) => ({
  slow: {
    query: `SELECT n AS id, CASE WHEN (SELECT count(*) FROM slowly) > 0 AND pg_sleep(0.01) IS NULL THEN 0 ELSE 1 END AS one
      FROM generate_series(1, ${rows}) AS n`,
    key: ['id'],
  },
});
const SLOW = slow(300);

async function untilWaiting(running: Running, holder: Running): Promise<void> {
  const line = new RegExp(`waiting until another run \\(export, process ${holder.child.pid}, since .*\\) has ended`);
  await until('the second run says for whom it waits', async () => line.test(running.output()));
}

async function succeeds(running: Running): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await running.finished;
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout).data;
}

test('a second export is told at once who works on the dataset, and with --wait takes its turn', async () => {
  const project = await createProject({ sql: SQL, datasets: slow(1200) });
  const first = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  const failure = await project.failure('export', 'slow');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_BUSY',
    exitCode: 13,
    hint: expect.stringContaining('--wait'),
    details: { dataset: 'slow', holder: { pid: first.child.pid, command: 'export' } },
  });
  const second = project.start('export', 'slow', '--force', '--json', '--wait');
  const impatient = project.start('export', 'slow', '--wait', '1s', '--json');
  await untilWaiting(second, first);
  expect(failureOf(await impatient.finished)).toMatchObject({
    code: 'SNAPKEEP_BUSY',
    exitCode: 13,
    message: expect.stringContaining('still works on slow after 1 s of waiting'),
  });
  expect(await succeeds(first)).toMatchObject({ version: 1, rows: 1200 });
  expect(await succeeds(second)).toMatchObject({ version: 2, rows: 1200 });
  await expectAgreement(project, 'slow', 2);
});

test('a rollback beside an export comes after it, or is told to', async () => {
  const project = await createProject({ sql: SQL, datasets: SLOW });
  await project.database.run('TRUNCATE slowly');
  await project.data('export', 'slow');
  await project.data('export', 'slow', '--force');
  await project.database.run('INSERT INTO slowly VALUES (1)');
  const exporting = project.start('export', 'slow', '--force', '--json');
  await untilStreaming(project);
  expect(await project.failure('version', 'rollback', 'slow', 'v1')).toMatchObject({ code: 'SNAPKEEP_BUSY' });
  const rolling = project.start('version', 'rollback', 'slow', 'v1', '--wait', '--json');
  await untilWaiting(rolling, exporting);
  expect(await succeeds(exporting)).toMatchObject({ version: 3 });
  expect(await succeeds(rolling)).toMatchObject({ version: 4, from: 3, to: 1 });
  await expectAgreement(project, 'slow', 4);
  const lines = await versionLines(project, 'slow');
  expect(lines[3]?.snapshot).toBe(lines[0]?.snapshot);
});

test('who waits for a run that is killed takes over, and heals what it left', async () => {
  const project = await createProject({ sql: SQL, datasets: SLOW });
  const first = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  const second = project.start('export', 'slow', '--wait', '2m', '--json');
  await untilWaiting(second, first);
  first.child.kill('SIGKILL');
  expect(await succeeds(second)).toMatchObject({ version: 1, rows: 300 });
  expect(second.output()).toMatch(/undid an interrupted export of slow/);
  await expectAgreement(project, 'slow', 1);
});

test('Ctrl-C ends the waiting', async () => {
  const project = await createProject({ sql: SQL, datasets: SLOW });
  const first = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  const second = project.start('export', 'slow', '--wait', '--json');
  await untilWaiting(second, first);
  second.child.kill('SIGINT');
  expect(failureOf(await second.finished)).toMatchObject({ code: 'SNAPKEEP_INTERRUPTED', exitCode: 130 });
  expect(await succeeds(first)).toMatchObject({ version: 1 });
  await expectAgreement(project, 'slow', 1);
});

test.each([
  ['six', 6, false],
  ['two, with DVC,', 2, true],
] as const)('exports of %s different datasets at once all succeed', async (_, count, dvc) => {
  const names = Array.from({ length: count }, (__, index) => `orders_${index}`);
  const datasets = Object.fromEntries(names.map((name) => [name, { table: 'orders' }]));
  const project = await createProject({ sql: orders(50), datasets, dvc });
  const running = names.map((name) => project.start('export', name, '--json'));
  for (const one of running) expect(await succeeds(one)).toMatchObject({ version: 1, rows: 50 });
  for (const name of names) await expectAgreement(project, name, 1);
  const log = (await project.git('log', '--format=%s')).split('\n');
  for (const name of names) expect(log.filter((line) => line.startsWith(`${name} v1: `))).toHaveLength(1);
});

async function commitOther(project: Project): Promise<void> {
  await project.write({ 'notes.md': 'somebody else’s\n' });
  await project.git('add', 'notes.md');
  await project.git('commit', '--quiet', '--message', 'notes');
}

test('a commit of somebody else while the rows are read stays, and the version comes after it', async () => {
  const project = await createProject({ sql: SQL, datasets: SLOW });
  const running = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  await commitOther(project);
  expect(await succeeds(running)).toMatchObject({ version: 1 });
  expect((await project.git('log', '--format=%s', '-2')).split('\n')).toEqual(['slow v1: export of 300 rows', 'notes']);
  await expectAgreement(project, 'slow', 1);
});

test('a commit of somebody else while ours is made stays too', async () => {
  const project = await createProject({ sql: orders(20), datasets: { orders: { table: 'orders' } } });
  const hook = path.join(project.root, '.git', 'hooks', 'pre-commit');
  const rival = `#!/bin/sh
test -e .git/rival && exit 0
touch .git/rival
unset GIT_INDEX_FILE
echo theirs > theirs.txt && git add theirs.txt && git commit --quiet --no-verify --message theirs
`;
  await writeFile(hook, rival);
  await chmod(hook, 0o755);
  expect(await project.data('export', 'orders')).toMatchObject({ version: 1, rows: 20 });
  expect((await project.git('log', '--format=%s', '-2')).split('\n')).toEqual([
    'orders v1: export of 20 rows',
    'theirs',
  ]);
  expect(await project.git('show', 'HEAD:theirs.txt')).toBe('theirs');
  await expectAgreement(project, 'orders', 1);
});
