import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from '../e2e/support/events.ts';
import { start } from '../e2e/support/process.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { SLOW, untilStreaming } from '../e2e/support/slow.ts';

const RUN = path.resolve(import.meta.dirname, '../../bin/run.js');

/** The CLI of a shell that takes nothing away from anybody: `umask 000`. */
function openHanded(project: Project, ...args: string[]) {
  const line = ['umask 000; exec "$@"', 'sh', process.execPath, RUN, ...args];
  return start('/bin/sh', ['-c', ...line], { cwd: project.root, env: project.env });
}

/** What others may do to anything in the folder: nothing, where a folder on the way keeps them out. */
async function openToOthers(folder: string): Promise<string[]> {
  const open: string[] = [];
  const stats = await lstat(folder);
  if (!stats.isDirectory() || (stats.mode & 0o077) === 0) return open;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const inner = path.join(folder, entry.name);
    if (entry.isDirectory()) open.push(...(await openToOthers(inner)));
    else open.push(inner);
  }
  return [...open, folder];
}

test('with umask 000 nobody else reads staging, journal, locks and reports of rejected rows', async () => {
  const schema = { properties: { amount: { maximum: 10 } } };
  const project = await createProject({
    sql: orders(20),
    datasets: { ...SLOW, orders: { table: 'orders', schema: 'orders.schema.json' } },
    init: false,
  });
  const own = path.join(project.root, '.snapkeep');
  const finished = async (...args: string[]) => {
    const { exitCode, stderr } = await openHanded(project, ...args).finished;
    expect(exitCode, stderr).toBe(0);
    expect(await openToOthers(own)).toEqual([]);
  };
  await openHanded(project, 'init', '--yes', '--no-dvc').finished;
  await project.write({
    'orders.schema.json': schema,
    'snapkeep.config.yaml': {
      capabilities: { versionStore: ['git'] },
      datasets: { ...SLOW, orders: { table: 'orders', schema: 'orders.schema.json' } },
    },
  });
  await finished('export', 'orders', '--non-strict');
  await finished('export', 'orders', '--non-strict', '--force');
  await finished('query', 'SELECT count(*) FROM orders');
  await finished('version', 'diff', 'orders', 'v1', 'v2', '--rows', '2');
  await finished('version', 'rollback', 'orders', 'v1');
  const [report = ''] = await readdir(path.join(own, 'rejected'));
  const file = path.join(own, 'rejected', report);
  expect(await readFile(file, 'utf8')).toContain('amount');
  expect((await lstat(file)).mode & 0o777).toBe(0o600);
  expect((await lstat(path.dirname(file))).mode & 0o777).toBe(0o700);

  const running = openHanded(project, 'export', 'slow');
  await untilStreaming(project);
  expect(await openToOthers(own)).toEqual([]);
  const [id = ''] = await readdir(path.join(own, 'tx'));
  const transaction = path.join(own, 'tx', id);
  expect((await lstat(transaction)).mode & 0o777).toBe(0o700);
  expect((await lstat(path.join(transaction, 'journal.json'))).mode & 0o777).toBe(0o600);
  // Rows on their way are in files of its own folders (table-filler.test.ts).
  running.child.kill('SIGKILL');
  await running.finished;
  expect(await openToOthers(own), 'nor what a kill leaves').toEqual([]);
});
