import { link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotRef } from '@snapkeep/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { objectPath } from '../src/dvc-cache.ts';
import { dvcStore } from '../src/dvc-store.ts';
import { md5Of } from '../src/objects/hash.ts';
import { pushSnapshots } from '../src/remote/push.ts';
import { restoreSnapshots } from '../src/restore.ts';
import { trackSnapshot } from '../src/track.ts';
import {
  addRemote,
  contents,
  copyProject,
  createProject,
  type DvcProject,
  flipped,
  remoteOf,
  replaceFile,
} from './project.ts';

const FILES = { 'orders.parquet': 'PAR1 some bytes PAR1', 'part/b.parquet': 'PAR1 more PAR1' };

let template: DvcProject;
let snapshot: SnapshotRef;
let p: DvcProject;

beforeAll(async () => {
  template = await createProject();
  snapshot = await template.snapshot('s1', FILES);
  await trackSnapshot(snapshot, template.context);
  await addRemote(template);
  await pushSnapshots([snapshot], undefined, template.context);
});

beforeEach(async () => {
  p = await copyProject(template);
});

afterEach(() => p.dispose());
afterAll(() => template.dispose());

const staging = () => join(p.root, '.snapkeep', 'staging');
const restore = (ref: SnapshotRef = snapshot) => restoreSnapshots({ snapshots: [ref], staging: staging() }, p.context);
const staged = () => contents(p, snapshot, join(staging(), snapshot.snapshot));
const cache = () => join(p.root, '.dvc/cache/files/md5');
const object = (text: string) => objectPath(cache(), md5Of(text));
const dropCache = () => rm(join(p.root, '.dvc', 'cache'), { recursive: true });
const isCached = async () => (await dvcStore.describe([{ ...snapshot, version: 1, tag: 'orders/v1' }], p.context))[0];

test('stages what the cache holds, and starts no DVC for it', async () => {
  const broken = { ...p.context, settings: { command: '/nowhere/dvc' } };
  expect(await restoreSnapshots({ snapshots: [snapshot], staging: staging() }, broken)).toEqual({
    restored: [snapshot.directory],
  });
  expect(await staged()).toEqual(FILES);
});

test('shares the bytes with the cache by hard links, or copies them, as DVC’s configuration says', async () => {
  await restore();
  const file = join(staging(), snapshot.snapshot, 'orders.parquet');
  expect((await stat(file)).ino).toBe((await stat(object(FILES['orders.parquet']))).ino);
  await rm(staging(), { recursive: true });
  await writeFile(join(p.root, '.dvc/config.local'), '[cache]\n    type = copy\n');
  await restore();
  expect((await stat(file)).ino).not.toBe((await stat(object(FILES['orders.parquet']))).ino);
  expect(await staged()).toEqual(FILES);
});

test('says that the bytes are nowhere to be had without cache and remote', async () => {
  await dropCache();
  await rm(join(p.root, '.dvc/config.local'));
  expect(await isCached()).toEqual({ cached: false });
  await expect(restore()).rejects.toMatchObject({
    code: 'SNAPKEEP_INTEGRITY',
    message: expect.stringContaining('no remote'),
  });
});

test('fetches from the default remote what the cache lacks, and DVC is content with it', async () => {
  await dropCache();
  await restore();
  expect(await staged()).toEqual(FILES);
  expect(await isCached()).toEqual({ cached: true });
  expect(await readdir(join(p.root, '.dvc/cache')), 'nothing half done is left').toEqual(['files']);
  expect(await p.dvc('status')).toMatch(/up to date/);
});

test.each([
  ['has lost its size', () => 'cut'],
  ['has one bit flipped', () => flipped(Buffer.from(FILES['orders.parquet']))],
])('fetches anew an object of the cache that %s', async (_, damage) => {
  await replaceFile(object(FILES['orders.parquet']), damage());
  await restore();
  expect(await staged()).toEqual(FILES);
  expect(await readFile(object(FILES['orders.parquet']), 'utf8')).toBe(FILES['orders.parquet']);
});

test('unread, takes an object of the right size as it is, and no other', async () => {
  const unread = () => restoreSnapshots({ snapshots: [snapshot], staging: staging(), unread: true }, p.context);
  const damaged = Buffer.from(flipped(Buffer.from(FILES['orders.parquet'])));
  await replaceFile(object(FILES['orders.parquet']), damaged);
  await unread();
  expect((await staged())['orders.parquet']).toBe(damaged.toString());
  await rm(staging(), { recursive: true });
  await replaceFile(object(FILES['orders.parquet']), 'cut');
  await unread();
  expect(await staged()).toEqual(FILES);
});

test('a snapshot whose pointer has left the work tree comes back by its recorded text', async () => {
  await dropCache();
  const pointer = join(p.root, `${snapshot.directory}.dvc`);
  const text = await readFile(pointer, 'utf8');
  await rm(pointer);
  await restore({ ...snapshot, pointer: text });
  expect(await staged()).toEqual(FILES);
});

test('does not believe a remote that lacks an object, or has it damaged', async () => {
  await dropCache();
  const there = objectPath(join(remoteOf(p), 'files/md5'), md5Of(FILES['part/b.parquet']));
  await link(there, `${there}.kept`);
  const lacking = { directory: snapshot.directory, path: 'part/b.parquet', md5: md5Of(FILES['part/b.parquet']) };
  const failure = { code: 'SNAPKEEP_REMOTE_FAILED', exitCode: 16, details: { missing: [lacking] } };
  await rm(there);
  await expect(restore()).rejects.toMatchObject(failure);
  await replaceFile(there, flipped(Buffer.from(FILES['part/b.parquet'])));
  await expect(restore()).rejects.toMatchObject(failure);
  expect(await isCached(), 'nothing damaged got an object’s name').toEqual({ cached: false });
});

test('says which pointer is missing, or holds a merge conflict', async () => {
  const pointer = join(p.root, `${snapshot.directory}.dvc`);
  await replaceFile(pointer, '<<<<<<< ours\nouts: []\n=======\nouts: []\n>>>>>>> theirs\n');
  await expect(restore()).rejects.toMatchObject({
    code: 'SNAPKEEP_DVC_FAILED',
    message: expect.stringContaining('merge conflict'),
  });
  expect(await isCached()).toEqual({});
  await rm(pointer);
  await expect(restore()).rejects.toMatchObject({ code: 'SNAPKEEP_INTEGRITY' });
});
