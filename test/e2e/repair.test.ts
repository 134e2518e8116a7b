import { mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Failure } from './support/cli.ts';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, transactionsOf, versionLines } from './support/state.ts';

vi.setConfig({ testTimeout: 600_000 });

interface OneVersion {
  readonly project: Project;
  readonly dataset: string;
  readonly snapshot: string;
  /** Absolute paths of the Parquet file's copies. */
  readonly copies: { readonly workspace: string; readonly cache: string; readonly remote: string };
  readonly bytes: Buffer;
}

/** One version of `orders`, in the work tree, in DVC's cache, and pushed to a folder. */
async function oneVersion(): Promise<OneVersion> {
  const project = await createProject({ sql: orders(200), dvc: true });
  await project.write({
    '.dvc/config.local': `[core]\n    remote = team\n['remote "team"']\n    url = ../../remote\n`,
  });
  await project.data('export', 'orders');
  await project.data('version', 'push', 'orders');
  const [line] = await versionLines(project, 'orders');
  const snapshot = path.join(project.root, 'data/orders', line?.snapshot ?? '');
  const workspace = path.join(snapshot, 'orders.parquet');
  const bytes = await readFile(workspace);
  const object = await objectOf(path.join(project.root, '.dvc/cache/files/md5'), bytes);
  const copies = {
    workspace,
    cache: path.join(project.root, '.dvc/cache/files/md5', object),
    remote: path.join(project.folder, 'remote/files/md5', object),
  };
  return { project, dataset: path.join(project.root, 'data/orders'), snapshot, copies, bytes };
}

/** Relative path of the object that holds these bytes. */
async function objectOf(folder: string, bytes: Buffer): Promise<string> {
  for (const name of await readdir(folder, { recursive: true })) {
    const file = path.join(folder, name);
    if ((await stat(file)).isFile() && (await readFile(file)).equals(bytes)) return name;
  }
  throw new Error('no such object');
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(copy.length >> 1) ^ 8, copy.length >> 1);
  return copy;
}

/** In a file of its own, as on another disk: cache and work tree may share theirs. */
async function replace(file: string, bytes: Buffer): Promise<void> {
  await rm(file, { force: true });
  await writeFile(file, bytes, { mode: 0o444 });
}

function problemsIn({ details }: Failure): unknown[] {
  const { versions } = details as {
    versions: readonly { problems: readonly { place: string; problem: string; good: string[] }[] }[];
  };
  return versions.flatMap(({ problems }) => problems.map(({ place, problem, good }) => [place, problem, good]));
}

async function repairs(project: Project, ...flags: string[]): Promise<unknown[]> {
  const { ok, repaired } = await project.data<{
    ok: boolean;
    repaired: readonly { place: string; from: string | null }[];
  }>('version', 'verify', 'orders', '--repair', ...flags);
  expect(ok).toBe(true);
  expect(await transactionsOf(project)).toEqual([]);
  return repaired.map(({ place, from }) => [place, from]);
}

test('a flipped bit in one copy is found, named, and put right from another; the good copies stay as they are', async () => {
  const { project, copies, bytes } = await oneVersion();
  const verify = () => project.failure('version', 'verify', 'orders', '--remote');

  await replace(copies.cache, flipped(bytes));
  const inCache = await verify();
  expect(inCache).toMatchObject({
    code: 'SNAPKEEP_INTEGRITY',
    exitCode: 14,
    message: "orders: v1 can't be trusted in the cache",
  });
  expect(problemsIn(inCache)).toEqual([['cache', 'wrong bytes', ['workspace', 'remote']]]);
  const before = await stat(copies.workspace);
  expect(await repairs(project)).toEqual([['cache', 'workspace']]);
  expect((await stat(copies.workspace)).ino).toBe(before.ino);

  await replace(copies.workspace, flipped(bytes));
  expect(problemsIn(await verify())).toEqual([['workspace', 'wrong bytes', ['cache', 'remote']]]);
  const rollback = await project.failure('version', 'rollback', 'orders', 'v1');
  expect(rollback).toMatchObject({
    code: 'SNAPKEEP_INTEGRITY',
    exitCode: 14,
    hint: expect.stringContaining('--repair'),
  });
  expect(await repairs(project)).toEqual([['workspace', 'cache']]);

  await replace(copies.workspace, bytes.subarray(0, 1000));
  expect(await project.failure('query', 'SELECT 1 FROM orders')).toMatchObject({
    code: 'SNAPKEEP_INTEGRITY',
    exitCode: 14,
  });
  expect(await repairs(project)).toEqual([['workspace', 'cache']]);

  await replace(copies.remote, flipped(bytes));
  expect(problemsIn(await verify())).toEqual([['remote', 'wrong bytes', ['workspace', 'cache']]]);
  expect(await repairs(project, '--remote')).toEqual([['remote', 'cache']]);

  await replace(copies.cache, bytes.subarray(0, 1000));
  await rm(copies.workspace);
  expect(problemsIn(await verify())).toEqual([
    ['workspace', 'missing', ['remote']],
    ['cache', 'wrong size', ['remote']],
  ]);
  expect(await repairs(project)).toEqual([
    ['cache', 'remote'],
    ['workspace', 'remote'],
  ]);

  // For a command that needs the bytes a damaged object is as good as none.
  await replace(copies.cache, flipped(bytes));
  await rm(copies.workspace);
  await project.data('version', 'rollback', 'orders', 'v1');
  for (const copy of Object.values(copies)) expect((await readFile(copy)).equals(bytes)).toBe(true);
  await expectAgreement(project, 'orders', 1);
});

test('what has no good copy left stays as it is, and is told', async () => {
  const { project, copies, bytes } = await oneVersion();
  for (const copy of Object.values(copies)) await replace(copy, flipped(bytes));
  const failure = await project.failure('version', 'verify', 'orders', '--repair');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_INTEGRITY', exitCode: 14, details: { repaired: [] } });
  expect(failure.hint).toMatch(/No good copy was found/);
  for (const copy of Object.values(copies)) expect((await readFile(copy)).equals(flipped(bytes))).toBe(true);

  await replace(copies.workspace, bytes);
  await rm(path.join(project.root, '.dvc/cache'), { recursive: true });
  await rm(path.join(project.folder, 'remote'), { recursive: true });
  expect(await repairs(project, '--remote'), 'the listing too').toHaveLength(4);
  for (const copy of Object.values(copies)) expect((await readFile(copy)).equals(bytes)).toBe(true);
});

test('links where files, folders and latest must be are refused (2), a folder in place of latest is found (14), all is put right', async () => {
  const { project, dataset, snapshot, copies, bytes } = await oneVersion();
  const verify = () => project.failure('version', 'verify', 'orders');
  const outside = path.join(project.folder, 'elsewhere');
  await mkdir(outside);
  await writeFile(path.join(outside, 'orders.parquet'), bytes);
  const latest = path.join(dataset, 'latest');
  const id = path.basename(snapshot);

  for (const target of [path.join(outside, 'orders.parquet'), 'nowhere']) {
    await rm(copies.workspace);
    await symlink(target, copies.workspace);
    const failure = await verify();
    expect(failure).toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE', exitCode: 2 });
    expect(problemsIn(failure)).toEqual([['workspace', 'a link', ['cache']]]);
    expect(await project.failure('version', 'rollback', 'orders', 'v1')).toMatchObject({ exitCode: 2 });
    expect(await repairs(project)).toEqual([['workspace', 'cache']]);
  }

  await rm(snapshot, { recursive: true });
  await symlink(outside, snapshot);
  expect(await verify()).toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE', exitCode: 2 });
  expect(await project.failure('query', 'SELECT 1 FROM orders')).toMatchObject({ exitCode: 2 });
  expect(await repairs(project)).toEqual([['workspace', 'cache']]);
  expect(await readdir(outside)).toEqual(['orders.parquet']);

  for (const [target, problem] of [
    ['../../..', 'leaves the project'],
    ['20200101T000000000Z-000000000000', 'broken'],
  ] as const) {
    await rm(latest);
    await symlink(target, latest);
    const failure = await verify();
    expect(failure).toMatchObject({
      code: 'SNAPKEEP_PATH_UNSAFE',
      exitCode: 2,
      details: { latest: { problem, target } },
    });
    expect(await repairs(project)).toEqual([['latest', null]]);
  }

  await rm(latest);
  await mkdir(latest);
  await writeFile(path.join(latest, 'mine.txt'), 'mine');
  expect(await verify()).toMatchObject({
    code: 'SNAPKEEP_INTEGRITY',
    exitCode: 14,
    details: { latest: { problem: 'not a link' } },
  });
  const head = await project.git('rev-parse', 'HEAD');
  await project.database.run('DELETE FROM orders WHERE order_id = 1');
  expect(await project.failure('export', 'orders')).toMatchObject({ code: 'SNAPKEEP_INTEGRITY', exitCode: 14 });
  expect(await project.git('rev-parse', 'HEAD')).toBe(head);
  expect(await repairs(project)).toEqual([['latest', null]]);
  expect(await readlink(latest)).toBe(id);
  const [kept = ''] = await readdir(path.join(project.root, '.snapkeep/aside'), { recursive: true }).then((names) =>
    names.filter((name) => name.endsWith('mine.txt')),
  );
  expect(await readFile(path.join(project.root, '.snapkeep/aside', kept), 'utf8')).toBe('mine');

  await project.data('export', 'orders');
  await rm(dataset, { recursive: true });
  await symlink(outside, dataset);
  expect(await project.failure('export', 'orders')).toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE', exitCode: 2 });
  expect(await readdir(outside)).toEqual(['orders.parquet']);
});
