import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotRef } from '@snapkeep/sdk';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { dvcStore } from '../src/dvc-store.ts';
import { pullSnapshots, pushSnapshots } from '../src/remotes.ts';
import { restoreSnapshots } from '../src/restore.ts';
import { trackSnapshot } from '../src/track.ts';
import { contents, createProject, type DvcProject, exists } from './project.ts';

const FILES = { 'orders.parquet': 'PAR1 some bytes PAR1', 'part/b.parquet': 'PAR1 more PAR1' };

let p: DvcProject;
let snapshot: SnapshotRef;

beforeEach(async () => {
  p = await createProject();
  snapshot = await p.snapshot('s1', FILES);
  await trackSnapshot(snapshot, p.context);
});

afterEach(() => p.dispose());

const dropWorkspace = () => rm(join(p.root, snapshot.directory), { recursive: true });
const dropCache = () => rm(join(p.root, '.dvc', 'cache'), { recursive: true });
const remote = () => join(p.root, '..', 'remote');
const addRemote = () => p.dvc('remote', 'add', '--default', 'store', remote());
const isCached = async () => (await dvcStore.describe([{ ...snapshot, version: 1, tag: 'orders/v1' }], p.context))[0];

/** Path of the biggest object of a store of objects. */
async function firstObject(store: string): Promise<string> {
  const names = await readdir(store, { recursive: true });
  const name = names.find((candidate) => /^..\/[0-9a-f]{30}$/.test(candidate));
  return join(store, name ?? 'none');
}

describe('restoring a snapshot', () => {
  test('brings it back from the cache', async () => {
    await dropWorkspace();
    expect(await restoreSnapshots([snapshot], p.context)).toEqual({ restored: [snapshot.directory] });
    expect(await contents(p, snapshot)).toEqual(FILES);
  });

  test('says that the bytes are nowhere to be had without cache and remote', async () => {
    await dropWorkspace();
    await dropCache();
    expect(await isCached()).toEqual({ cached: false });
    await expect(restoreSnapshots([snapshot], p.context)).rejects.toMatchObject({
      code: 'SNAPKEEP_INTEGRITY',
      message: expect.stringContaining('no remote'),
    });
  });

  test('fetches from the default remote what the cache lacks', async () => {
    await addRemote();
    await pushSnapshots([snapshot], undefined, p.context);
    await dropWorkspace();
    await dropCache();
    await restoreSnapshots([snapshot], p.context);
    expect(await contents(p, snapshot)).toEqual(FILES);
    expect(await isCached()).toEqual({ cached: true });
  });

  test('fetches anew an object of the cache that has lost its size', async () => {
    await addRemote();
    await pushSnapshots([snapshot], undefined, p.context);
    await dropWorkspace();
    const object = await firstObject(join(p.root, '.dvc/cache/files/md5'));
    await chmod(object, 0o644);
    await writeFile(object, 'cut');
    await chmod(object, 0o444);
    expect(await isCached()).toEqual({ cached: false });
    await restoreSnapshots([snapshot], p.context);
    expect(await contents(p, snapshot)).toEqual(FILES);
  });

  test('does not believe a remote that lacks an object', async () => {
    await addRemote();
    await pushSnapshots([snapshot], undefined, p.context);
    await rm(await firstObject(join(remote(), 'files/md5')), { force: true });
    await dropWorkspace();
    await dropCache();
    await expect(restoreSnapshots([snapshot], p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_REMOTE_FAILED' });
  });

  test('says which pointer is missing, or holds a merge conflict', async () => {
    const pointer = join(p.root, `${snapshot.directory}.dvc`);
    await writeFile(pointer, '<<<<<<< ours\nouts: []\n=======\nouts: []\n>>>>>>> theirs\n');
    await expect(restoreSnapshots([snapshot], p.context)).rejects.toMatchObject({
      code: 'SNAPKEEP_DVC_FAILED',
      message: expect.stringContaining('merge conflict'),
    });
    expect(await isCached()).toEqual({});
    await rm(pointer);
    await expect(restoreSnapshots([snapshot], p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_INTEGRITY' });
  });
});

describe('remotes', () => {
  test('a push and a clone give a colleague with git and DVC alone the same bytes', async () => {
    await addRemote();
    await p.sh('git add -A && git commit -q -m snapshot && git tag orders/v1');
    await pushSnapshots([snapshot], undefined, p.context);
    const clone = join(p.root, '..', 'clone');
    await p.sh(
      `git clone -q . ../clone && cd ../clone && git checkout -q orders/v1 && "${inject('dvcCommand')}" pull -q`,
    );
    expect(await contents({ ...p, root: clone }, snapshot)).toEqual(FILES);
  });

  test('a pull brings a clone’s snapshot, from a remote by name', async () => {
    await addRemote();
    await p.sh('git add -A && git commit -q -m snapshot');
    await pushSnapshots([snapshot], 'store', p.context);
    await execa('git', ['clone', '-q', p.root, join(p.root, '..', 'clone')]);
    const there = { ...p.context, root: join(p.root, '..', 'clone') };
    await pullSnapshots([snapshot], 'store', there);
    expect(await contents({ ...p, root: there.root }, snapshot)).toEqual(FILES);
  });

  test('a push of what the cache lacks is refused, where DVC would end with 0', async () => {
    await addRemote();
    await rm(await firstObject(join(p.root, '.dvc/cache/files/md5')), { force: true });
    await expect(pushSnapshots([snapshot], undefined, p.context)).rejects.toMatchObject({
      code: 'SNAPKEEP_REMOTE_FAILED',
      exitCode: 16,
    });
    expect(await exists(remote())).toBe(false);
  });

  test('none, an unknown and an unwritable one are told apart', async () => {
    const push = (name?: string) => pushSnapshots([snapshot], name, p.context);
    const failure = (message: RegExp) => ({ code: 'SNAPKEEP_REMOTE_FAILED', message: expect.stringMatching(message) });
    await expect(push()).rejects.toMatchObject(failure(/No DVC remote is set up/));
    await addRemote();
    await expect(push('other')).rejects.toMatchObject(failure(/no DVC remote other; set up: store/));
    await writeFile(remote(), 'a file');
    await expect(push('store')).rejects.toMatchObject(failure(/^dvc push failed: /));
  });
});
