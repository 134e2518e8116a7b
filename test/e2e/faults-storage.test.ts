import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

/** Whether this machine lets us mount, which takes a superuser. */
const canMount = await (async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'snapkeep-mount-'));
  const mounted = await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { reject: false });
  if (!mounted.failed) await execa('umount', [folder]);
  await rm(folder, { recursive: true });
  return !mounted.failed;
})();

const SQL = [
  'CREATE TABLE big (id int PRIMARY KEY, noise text)',
  'INSERT INTO big SELECT n, md5(n::text) FROM generate_series(1, 500) AS n',
];

/** A project on a small disk of its own, with one version. */
async function onSmallDisk(megabytes: number): Promise<Project> {
  const root = await mkdtemp(path.join(tmpdir(), 'snapkeep-disk-'));
  await execa('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', root]);
  onTestFinished(async () => {
    await execa('umount', ['--lazy', root]);
    await rm(root, { recursive: true, force: true });
  });
  const project = await createProject({ root, sql: SQL });
  await project.write({ '.git/info/exclude': '/filler\n' });
  await project.data('export', 'big');
  return project;
}

async function free(project: Project): Promise<number> {
  const { stdout } = await execa('df', ['--output=avail', '--block-size=1', project.root]);
  return Number(stdout.split('\n')[1]);
}

test.skipIf(!canMount)(
  'a disk that fills up while rows come is told, older bytes stay, and room heals it',
  async () => {
    const project = await onSmallDisk(24);
    await project.database.run(
      `INSERT INTO big SELECT n, repeat(md5(n::text), 8) FROM generate_series(501, 100000) AS n`,
    );
    const before = await stateOf(project);
    const failure = await project.failure('export', 'big');
    expect(failure).toMatchObject({ code: 'SNAPKEEP_STORAGE_FULL', exitCode: 12 });
    expect(await stateOf(project)).toEqual(before);
    await project.database.run('DELETE FROM big WHERE id > 600');
    expect(await project.data('export', 'big')).toMatchObject({ version: 2, rows: 600 });
    await expectAgreement(project, 'big', 2);
  },
);

test.skipIf(!canMount)('with room for nothing, or for a little, older bytes stay, and room heals it', async () => {
  const project = await onSmallDisk(8);
  const filler = path.join(project.root, 'filler');
  await project.database.run('DELETE FROM big WHERE id = 1');
  await writeFile(filler, '');
  const before = await stateOf(project);
  const room = await free(project);
  for (const left of [0, 4_096, 20_000]) {
    await execa('fallocate', ['--length', String(Math.max(room - left, 4_096)), filler]);
    const { exitCode, stderr } = await project.run('export', 'big');
    expect(exitCode, `${left}: ${stderr}`).toBe(12);
    expect(stderr).toMatch(/SNAPKEEP_STORAGE_(?:FULL|FAILED) · exit 12/);
    await truncate(filler, 0);
    expect(await stateOf(project)).toEqual(before);
  }
  await rm(filler);
  expect(await project.data('export', 'big')).toMatchObject({ version: 2, rows: 499 });
  await expectAgreement(project, 'big', 2);
});

/** Mounts a folder onto itself, which makes it a file system of its own. */
async function mountOnItself(folder: string, ...options: string[]): Promise<() => Promise<unknown>> {
  const unmount = () => execa('umount', ['--lazy', folder], { reject: false });
  onTestFinished(async () => {
    await unmount();
  });
  await execa('mount', ['--bind', folder, folder]);
  if (options.length > 0) await execa('mount', ['-o', `remount,bind,${options.join(',')}`, folder]);
  return unmount;
}

test.skipIf(!canMount)('a project that is read-only is told before anything is read', async () => {
  const project = await createProject({ sql: SQL });
  await project.data('export', 'big');
  const before = await stateOf(project);
  const unmount = await mountOnItself(project.root, 'ro');
  const failure = await project.failure('export', 'big', '--url', 'postgres://ada@127.0.0.1:1/none');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_STORAGE_FAILED', exitCode: 12 });
  expect(failure.message).toMatch(/read-only/);
  expect(await project.data('version', 'verify', 'big'), 'reading goes on').toMatchObject({ ok: true });
  expect(await project.data('query', 'SELECT count(*) AS n FROM big')).toMatchObject({ rows: [[500]] });
  await unmount();
  expect(await stateOf(project)).toEqual(before);
});

test.skipIf(!canMount)(
  'a data folder on another file system, where nothing can be renamed to, is refused',
  async () => {
    const project = await createProject({ sql: SQL });
    await project.data('export', 'big');
    await project.database.run('DELETE FROM big WHERE id = 1');
    const unmount = await mountOnItself(path.join(project.root, 'data'));
    const before = await stateOf(project);
    const failure = await project.failure('export', 'big');
    expect(failure).toMatchObject({ code: 'SNAPKEEP_STORAGE_FAILED', exitCode: 12 });
    expect(failure.message).toMatch(/another file system/);
    expect(await stateOf(project)).toEqual(before);
    await unmount();
    expect(await project.data('export', 'big')).toMatchObject({ version: 2 });
    await expectAgreement(project, 'big', 2);
  },
);

test('a damaged byte is found by verify, and a rollback to it is refused', async () => {
  const project = await createProject({ sql: SQL });
  const { path: folder } = await project.data<{ path: string }>('export', 'big');
  await project.database.run('DELETE FROM big WHERE id = 1');
  await project.data('export', 'big');
  const file = path.join(project.root, folder, 'big.parquet');
  await chmod(file, 0o644);
  await writeFile(file, 'PAR1 is not all it takes');
  const before = await stateOf(project);
  expect(await project.failure('version', 'verify', 'big')).toMatchObject({ code: 'SNAPKEEP_INTEGRITY', exitCode: 14 });
  expect(await project.failure('version', 'rollback', 'big', 'v1')).toMatchObject({ exitCode: 14 });
  expect(await stateOf(project)).toEqual(before);
  expect(await project.data('version', 'verify', 'big', 'v2')).toMatchObject({ ok: true });
});

test.skipIf(!canMount)('a folder on a read-only file system can’t be written, and that is what is said', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'snapkeep-disk-'));
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root]);
  onTestFinished(async () => {
    await execa('umount', ['--lazy', root]);
    await rm(root, { recursive: true, force: true });
  });
  const project = await createProject({ root, sql: SQL, init: false });
  await execa('mount', ['-o', 'remount,ro', root]);
  for (const command of [
    ['init', '--yes', '--no-dvc'],
    ['export', 'big', '--no-version'],
  ]) {
    const failure = await project.failure(...command);
    expect(failure).toMatchObject({ code: 'SNAPKEEP_STORAGE_FAILED', exitCode: 12 });
    expect(failure.message).toContain("can't be written: its file system is read-only");
  }
});
