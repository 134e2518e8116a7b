import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf, versionLines } from './support/state.ts';

/** Two versions, the first one's data in DVC's cache only, and a change that would make the third. */
async function ordersProject(): Promise<{ project: Project; first: string; pointer: string }> {
  const project = await createProject({ sql: orders(20), dvc: true });
  await project.data('export', 'orders');
  await project.database.run('DELETE FROM orders WHERE order_id = 1');
  await project.data('export', 'orders');
  await project.database.run('DELETE FROM orders WHERE order_id = 2');
  const [line] = await versionLines(project, 'orders');
  const first = path.join(project.root, 'data/orders', line?.snapshot ?? '');
  return { project, first, pointer: `${first}.dvc` };
}

async function unchangedBy(project: Project, args: string[], expected: Record<string, unknown>): Promise<string> {
  const before = await stateOf(project);
  const failure = await project.failure(...args);
  expect(failure).toMatchObject(expected);
  expect(await stateOf(project)).toEqual(before);
  return failure.message;
}

test.each([
  [
    'a merge conflict',
    (text: string) => `<<<<<<< ours\n${text}=======\n${text}>>>>>>> theirs\n`,
    /marks of a merge conflict/,
  ],
  ['a half-written pointer', (text: string) => text.slice(0, text.length / 2), /is not a pointer that DVC wrote/],
  ['an empty pointer', () => '', /is not a pointer that DVC wrote/],
])(
  '%s: a rollback that needs it ends with 16 and names the file; put back, all is well',
  async (_, damage, message) => {
    const { project, first, pointer } = await ordersProject();
    await rm(first, { recursive: true });
    const text = await readFile(pointer, 'utf8');
    await writeFile(pointer, damage(text));
    const said = await unchangedBy(project, ['version', 'rollback', 'orders', 'v1'], {
      code: 'SNAPKEEP_DVC_FAILED',
      exitCode: 16,
      hint: expect.stringContaining('git checkout'),
    });
    expect(said).toMatch(message);
    expect(said).toContain(path.relative(project.root, pointer));
    await writeFile(pointer, text);
    await project.data('version', 'rollback', 'orders', 'v1');
    await expectAgreement(project, 'orders', 3);
  },
);

test('a half-written .dvc file of somebody else’s, and a half-written rwlock, are told (16) or outlived, and heal', async () => {
  const { project } = await ordersProject();
  const foreign = path.join(project.root, 'data', 'photos.dvc');
  await writeFile(foreign, 'outs:\n- md5: 0123');
  await unchangedBy(project, ['export', 'orders'], {
    code: 'SNAPKEEP_DVC_FAILED',
    exitCode: 16,
    hint: expect.stringContaining('half-written .dvc file'),
  });
  await rm(foreign);
  await project.data('export', 'orders');
  const lock = path.join(project.root, '.dvc/tmp/rwlock');
  for (const half of ['{"/x": {"wri', '']) {
    await writeFile(lock, half);
    await project.database.run('UPDATE orders SET amount = amount + 1');
    const before = await stateOf(project);
    const attempt = await project.run('export', 'orders', '--json');
    expect([0, 13, 16], attempt.stderr).toContain(attempt.exitCode);
    if (attempt.exitCode !== 0) {
      expect(await stateOf(project)).toEqual(before);
      expect(attempt.stdout).toContain('rwlock');
    }
    await rm(lock, { force: true });
    await project.run('export', 'orders');
  }
  await expectAgreement(project, 'orders', (await versionLines(project, 'orders')).length);
});

test('while another DVC holds the repository an export ends with 13, and all is as before', async () => {
  const { project } = await ordersProject();
  const python = path.join(inject('dvcCommand'), '..', 'python');
  const hold =
    'import time\nfrom zc.lockfile import LockFile\nl=LockFile(".dvc/tmp/lock")\nprint("held",flush=True)\ntime.sleep(120)';
  const holder = execa(python, ['-c', hold], { cwd: project.root, reject: false });
  await new Promise((resolve) => holder.stdout?.once('data', resolve));
  try {
    await unchangedBy(project, ['export', 'orders'], { code: 'SNAPKEEP_BUSY', exitCode: 13 });
  } finally {
    holder.kill('SIGKILL');
    await holder;
  }
  await project.data('export', 'orders');
  await expectAgreement(project, 'orders', 3);
});

test('a DVC that is too old is told before anything is read (16)', async () => {
  const { project } = await ordersProject();
  const old = path.join(project.folder, 'dvc');
  await writeFile(old, '#!/bin/sh\necho 2.58.2\n', { mode: 0o755 });
  await project.write({ 'snapkeep.config.yaml': { plugins: { dvc: { command: old } } } });
  const nowhere = ['--url', 'postgres://ada@127.0.0.1:1/none'];
  const message = await unchangedBy(project, ['export', 'orders', ...nowhere], {
    code: 'SNAPKEEP_DVC_MISSING',
    exitCode: 16,
  });
  expect(message).toContain('2.58.2');
});

test('a Parquet file that was cut short is found by hash (14), wherever it is read', async () => {
  const { project } = await ordersProject();
  const lines = await versionLines(project, 'orders');
  const newest = path.join(project.root, 'data/orders', lines.at(-1)?.snapshot ?? '');
  const [name = ''] = await readdir(newest);
  const file = path.join(newest, name);
  const bytes = await readFile(file);
  await rm(file);
  await writeFile(file, bytes);
  await truncate(file, bytes.length - 100);
  for (const args of [
    ['version', 'verify', 'orders', 'v2'],
    ['query', 'SELECT * FROM orders'],
    ['version', 'diff', 'orders', 'v1', 'v2'],
  ]) {
    await unchangedBy(project, args, { code: 'SNAPKEEP_INTEGRITY', exitCode: 14 });
  }
  await project.data('version', 'verify', 'orders', '--repair');
  expect((await readFile(file)).equals(bytes)).toBe(true);
});
