import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InspectRequest, SnapshotRef, Transferred } from '@snapkeep/sdk';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { objectPath } from '../src/dvc-cache.ts';
import { dvcStore } from '../src/dvc-store.ts';
import { md5Of } from '../src/objects/hash.ts';
import { pullSnapshots } from '../src/remote/pull.ts';
import { pushSnapshots } from '../src/remote/push.ts';
import { restoreSnapshots } from '../src/restore.ts';
import { trackSnapshot } from '../src/track.ts';
import {
  addRemote,
  contents,
  copyProject,
  createProject,
  type DvcProject,
  exists,
  flipped,
  remoteOf,
  replaceFile,
} from './project.ts';

const FILES = { 'orders.parquet': 'PAR1 some bytes PAR1', 'part/ü b.parquet': 'PAR1 more PAR1' };
const [FIRST] = Object.values(FILES) as [string];

/** Nothing was pushed from it yet. */
let template: DvcProject;
let pushed: DvcProject;
/** What the first push gave. */
let transferred: Transferred;
let snapshot: SnapshotRef;
let p: DvcProject;

beforeAll(async () => {
  template = await createProject();
  snapshot = await template.snapshot('s1', FILES);
  await trackSnapshot(snapshot, template.context);
  await template.sh('git add -A && git commit -q -m snapshot && git tag orders/v1');
  await addRemote(template);
  pushed = await copyProject(template);
  transferred = await pushSnapshots([snapshot], undefined, pushed.context);
});

beforeEach(async () => {
  p = await copyProject(pushed);
});

afterEach(() => p.dispose());
afterAll(async () => {
  await template.dispose();
  await pushed.dispose();
});

const cacheObject = (text: string) => objectPath(join(p.root, '.dvc/cache/files/md5'), md5Of(text));
const remoteObject = (text: string) => objectPath(join(remoteOf(p), 'files/md5'), md5Of(text));
const configure = (text: string) => writeFile(join(p.root, '.dvc/config.local'), text);
const push = (name?: string) => pushSnapshots([snapshot], name, p.context);
const inspect = async (request: Partial<InspectRequest>) => {
  const found = await dvcStore.inspect?.(
    { snapshots: [snapshot], place: 'remote', depth: 'bytes', ...request },
    p.context,
  );
  return found?.snapshots[0]?.copies.map(({ path, state }) => [path, state]);
};

describe('push', () => {
  test('sends what the remote lacks, once; DVC alone gets the same bytes in a clone', async () => {
    expect(transferred.remote).toEqual({ name: 'store', url: remoteOf(pushed) });
    const bytes = expect.any(Number);
    expect(transferred.snapshots).toEqual([{ directory: snapshot.directory, objects: 3, moved: 3, movedBytes: bytes }]);
    expect((await push('store')).snapshots).toMatchObject([{ moved: 0, movedBytes: 0 }]);
    expect(await p.dvc('status', '--cloud')).toMatch(/in sync/);

    await p.sh(`git clone -q . ../clone && cd ../clone && git checkout -q orders/v1 &&
      "${inject('dvcCommand')}" remote add -q -d store "${remoteOf(p)}" && "${inject('dvcCommand')}" pull -q`);
    expect(await contents(p, snapshot, join(p.root, '../clone', snapshot.directory))).toEqual(FILES);
  });

  test('sends again what the remote lost or has cut, where DVC takes a listing for its files', async () => {
    await rm(remoteObject(FIRST));
    expect(await p.dvc('status', '--cloud'), 'DVC sees nothing').toMatch(/in sync/);
    expect((await push()).snapshots).toMatchObject([{ moved: 1, movedBytes: FIRST.length }]);
    await replaceFile(remoteObject(FIRST), 'cut');
    expect((await push()).snapshots).toMatchObject([{ moved: 1 }]);
    expect(await readFile(remoteObject(FIRST), 'utf8')).toBe(FIRST);
  });

  test('takes the work tree’s bytes where the cache has lost or damaged its own', async () => {
    await rm(remoteOf(p), { recursive: true });
    await replaceFile(cacheObject(FIRST), flipped(Buffer.from(FIRST)));
    expect((await push()).snapshots).toMatchObject([{ moved: 3 }]);
    expect(await readFile(remoteObject(FIRST), 'utf8')).toBe(FIRST);
  });

  test('refuses what is nowhere whole and names it, where DVC would end with 0', async () => {
    await rm(remoteObject(FIRST));
    await rm(cacheObject(FIRST));
    await replaceFile(join(p.root, snapshot.directory, 'orders.parquet'), flipped(Buffer.from(FIRST)));
    await expect(push()).rejects.toMatchObject({
      code: 'SNAPKEEP_REMOTE_FAILED',
      exitCode: 16,
      message: expect.stringMatching(/orders\.parquet, and neither cache nor work tree has it whole/),
      details: { missing: [{ directory: snapshot.directory, path: 'orders.parquet', md5: md5Of(FIRST) }] },
    });
    expect(await exists(remoteObject(FIRST))).toBe(false);
  });

  test('none, an unknown, an unwritable and an unsupported remote are told apart', async () => {
    const failure = (message: RegExp) => ({ code: 'SNAPKEEP_REMOTE_FAILED', message: expect.stringMatching(message) });
    await expect(push('other')).rejects.toMatchObject(failure(/no DVC remote other; set up: store/));
    await rm(remoteOf(p), { recursive: true });
    await writeFile(remoteOf(p), 'a file');
    await expect(push('store')).rejects.toMatchObject(failure(/^The remote store failed: .*Not a directory/));
    await configure('');
    await expect(push()).rejects.toMatchObject(failure(/No DVC remote is set up/));
    await configure(`['remote "far"']\n    url = gs://bucket/path\n`);
    await expect(push()).rejects.toMatchObject(failure(/No DVC remote is the default one/));
    await expect(push('far')).rejects.toMatchObject({ hint: expect.stringContaining('doctor --fix') });
    expect(await dvcStore.check(p.context)).toContainEqual(
      expect.objectContaining({ name: 'dvc remote far', ok: false, message: 'dvc-gs is not installed' }),
    );
  });
});

test('a pull brings a clone’s snapshot into its cache, from a remote by name', async () => {
  const root = join(p.root, '..', 'clone');
  await execa('git', ['clone', '-q', p.root, root]);
  await execa('cp', [join(p.root, '.dvc/config.local'), join(root, '.dvc/config.local')]);
  const context = { ...p.context, root };
  expect((await pullSnapshots([snapshot], 'store', context)).snapshots).toMatchObject([{ objects: 3, moved: 3 }]);
  expect((await pullSnapshots([snapshot], 'store', context)).snapshots).toMatchObject([{ moved: 0 }]);
  await rm(remoteOf(p), { recursive: true });
  await restoreSnapshots({ snapshots: [snapshot], staging: join(root, 'staging') }, context);
  expect(await contents(p, snapshot, join(root, 'staging', snapshot.snapshot))).toEqual(FILES);
});

test('an inspection finds what is missing, cut or changed by a bit, in the cache and on the remote', async () => {
  const all = (state: string) => [...Object.keys(FILES), null].map((path) => [path, state]);
  expect(await inspect({ depth: 'size' })).toEqual(all('present'));
  expect(await inspect({})).toEqual(all('whole'));
  expect(await inspect({ place: 'cache' })).toEqual(all('whole'));

  await replaceFile(remoteObject(FIRST), flipped(Buffer.from(FIRST)));
  expect((await inspect({ depth: 'size' }))?.[0]).toEqual(['orders.parquet', 'present']);
  expect((await inspect({ depth: 'checksum' }))?.[0]).toEqual(['orders.parquet', 'damaged']);
  await replaceFile(cacheObject(FIRST), 'cut');
  expect((await inspect({ place: 'cache', depth: 'size' }))?.[0]).toEqual(['orders.parquet', 'damaged']);
  await rm(cacheObject(FIRST));
  await rm(remoteOf(p), { recursive: true });
  expect(await inspect({})).toEqual(all('missing'));
  expect((await inspect({ place: 'cache' }))?.[0]).toEqual(['orders.parquet', 'missing']);
});
