import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { SLOW, untilStreaming } from './support/slow.ts';

/** Every byte below the folder, and what git's packed objects hold. */
async function everything(project: Project): Promise<string> {
  const entries = await readdir(project.folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(path.join(entry.parentPath, entry.name), 'latin1')),
  );
  return [...texts, await project.git('log', '--all', '--patch', '--notes'), await project.git('for-each-ref')].join(
    '\n',
  );
}

/** Arguments of every process of this machine, which any user may read. */
async function argumentLists(): Promise<string> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lists = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lists.join('\n');
}

test('the password of DATABASE_URL is in no output and in no file, whatever runs and however it ends', async () => {
  const project = await createProject({ sql: orders(10), dvc: true });
  const { password } = new URL(project.database.url);
  expect(password.length).toBeGreaterThan(8);
  const outputs: string[] = [];
  for (const args of [
    ['export', 'orders', '--sync', '--debug'],
    ['export', 'orders', '--force', '-v', '--message', 'again'],
    ['export', 'orders', '--dry-run', '--json'],
    ['export', 'none', '--debug'],
    ['export', 'orders', '--where', 'order_id=x', '--json', '--debug'],
    ['validate', 'orders', '--debug'],
    ['schema', 'infer', 'orders', '--debug'],
    ['version', 'show', 'orders', '--json'],
    ['config', 'show', '--json'],
    ['doctor', '--json', '-v'],
  ]) {
    const { stdout, stderr } = await project.run(...args);
    outputs.push(stdout, stderr);
  }
  expect(outputs.join('\n')).not.toContain(password);
  expect(await everything(project)).not.toContain(password);
});

test('while rows are read the password is in nobody’s arguments and in no file', async () => {
  const project = await createProject({ datasets: SLOW });
  const { password } = new URL(project.database.url);
  const running = project.start('export', 'slow');
  await untilStreaming(project);
  expect(await argumentLists()).not.toContain(password);
  expect(await everything(project)).not.toContain(password);
  running.child.kill('SIGKILL');
  await running.finished;
  expect(await everything(project), 'nor in what a kill leaves').not.toContain(password);
});

test('a password in --url draws a warning that does not repeat it', async () => {
  const project = await createProject({ sql: orders(1) });
  const { stderr, exitCode } = await project.run('export', 'orders', '--url', project.database.url);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/password/);
  expect(stderr).not.toContain(new URL(project.database.url).password);
});
