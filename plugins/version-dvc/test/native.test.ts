import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapkeepError, SnapshotRef } from '@snapkeep/sdk';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { objectPath, objectsFolder } from '../src/dvc-cache.ts';
import { DVC_PROJECT_FILES, dvcStore } from '../src/dvc-store.ts';
import onTrack from '../src/hooks/version-track.ts';
import { trackNatively } from '../src/native/track.ts';
import { md5Of } from '../src/objects/hash.ts';
import { restoreSnapshots } from '../src/restore.ts';
import { trackSnapshot } from '../src/track.ts';
import {
  addRemote,
  contents,
  createProject,
  type DvcProject,
  exists,
  type ProjectOptions,
  remoteOf,
} from './project.ts';

const projects: DvcProject[] = [];

async function project(options?: ProjectOptions): Promise<DvcProject> {
  const made = await createProject(options);
  projects.push(made);
  return made;
}

afterEach(async () => {
  for (const made of projects.splice(0)) await made.dispose();
});

/** Every file below a folder: path → its text, or what its bytes hash to. */
async function tree(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const pairs = files.map(async (path) => {
    const bytes = await readFile(path, 'latin1');
    return [path.slice(folder.length + 1), /\.(dvc|gitignore)$/.test(path) ? bytes : md5Of(bytes)];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** All that `dvc add` leaves for others to read: pointers, `.gitignore`, objects, and the files themselves. */
async function leftBehind(p: DvcProject): Promise<unknown> {
  const objects = await objectsFolder(p.context);
  const data = await tree(join(p.root, 'data'));
  const modes = await p.sh(`find "${objects}" -type f -printf '%m\\n' | sort | uniq -c`);
  return { data, objects: await tree(objects), modes };
}

const fileName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter(
    (name) => !/^\.{1,2}$|[/\0]/.test(name) && Buffer.byteLength(name) < 200 && !/^\.(dvc|git)|\.dvc$/.test(name),
  );
const filePath = fc.array(fileName, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('', 'PAR1', 'x'.repeat(70_000)));
/** No name may be a file and a folder. */
const folder = fc
  .dictionary(filePath, text, { minKeys: 1, maxKeys: 8 })
  .filter((files) =>
    Object.keys(files).every((path) => !Object.keys(files).some((other) => other.startsWith(`${path}/`))),
  );

describe('the native writer', () => {
  test('leaves, byte for byte, what dvc add leaves', async () => {
    const seed = Number(process.env.SNAPKEEP_NATIVE_SEED ?? Date.now() % 1_000_000);
    // Both ways of `.gitignore`: a pattern that ignores snapshots, and none.
    const variants: readonly ProjectOptions[] = [{}, { ignore: '/.snapkeep/\n' }];
    for (const options of variants) {
      const folders = fc.sample(folder, { seed, numRuns: 20 });
      const [theirs, ours] = [await project(options), await project(options)];
      const directories: string[] = [];
      for (const [index, files] of folders.entries()) {
        const name = `${index}e${index * 7919}`;
        directories.push((await theirs.snapshot(name, files)).directory);
        await trackNatively(await ours.snapshot(name, files), ours.context);
      }
      await theirs.dvc('add', '--quiet', '--', ...directories);
      expect(await leftBehind(ours), `SNAPKEEP_NATIVE_SEED=${seed}`).toEqual(await leftBehind(theirs));
      expect(await ours.dvc('status'), `SNAPKEEP_NATIVE_SEED=${seed}`).toMatch(/up to date/);
    }
  });

  test.each(['hardlink,reflink,copy', 'copy', 'reflink,copy'])(
    'leaves what dvc add leaves with cache.type %s',
    async (type) => {
      const [theirs, ours] = [await project(), await project()];
      for (const p of [theirs, ours]) await p.dvc('config', 'cache.type', type);
      // The second has a file of the first.
      for (const [name, files] of Object.entries<Record<string, string>>({
        s1: { a: '1', b: '2' },
        s2: { a: '1', c: '' },
      })) {
        await trackSnapshot(await theirs.snapshot(name, files), theirs.context);
        await trackNatively(await ours.snapshot(name, files), ours.context);
      }
      expect(await leftBehind(ours)).toEqual(await leftBehind(theirs));
      // DVC leaves a second copy of what it has already: ours is one file, wherever the cache shares with the work tree.
      const { nlink } = await stat(objectPath(await objectsFolder(ours.context), md5Of('1')));
      expect(nlink).toBe(type.startsWith('hardlink') ? 3 : 1);
    },
  );

  test('is taken by DVC as its own: push, a clone, pull, checkout', async () => {
    const p = await project();
    await addRemote(p);
    const files = { 'orders.parquet': 'PAR1 one', 'quarantine/żółć "q".csv': 'x', empty: '' };
    const snapshot = await p.snapshot('s1', files);
    const { paths } = await trackNatively(snapshot, p.context);
    expect(paths).toEqual([`${snapshot.directory}.dvc`]);
    await p.dvc('push', '--quiet');
    await p.sh('git add -A && git commit --quiet -m one');
    const clone = join(p.root, '..', 'clone');
    await execa('git', ['clone', '--quiet', p.root, clone]);
    const inClone = { cwd: clone, env: { ...process.env, DVC_NO_ANALYTICS: '1' } };
    const remote = `[core]\n    remote = store\n['remote "store"']\n    url = ${remoteOf(p)}\n`;
    await writeFile(join(clone, '.dvc', 'config.local'), remote);
    await execa(inject('dvcCommand'), ['pull', '--quiet'], inClone);
    expect(await contents(p, snapshot, join(clone, snapshot.directory))).toEqual(files);
    await rm(join(p.root, snapshot.directory), { recursive: true });
    await p.dvc('checkout', '--quiet');
    expect(await contents(p, snapshot)).toEqual(files);
  });

  test('stores no byte twice, and puts a damaged object right', async () => {
    const p = await project();
    const first = await p.snapshot('s1', { a: 'bytes' });
    await trackNatively(first, p.context);
    const object = objectPath(await objectsFolder(p.context), md5Of('bytes'));
    expect((await stat(object)).ino).toBe((await stat(join(p.root, first.directory, 'a'))).ino);
    await rm(object);
    await writeFile(object, 'bytEs', { mode: 0o444 });
    await trackNatively(await p.snapshot('s2', { a: 'bytes' }), p.context);
    expect(await readFile(object, 'utf8')).toBe('bytes');
    expect(await readFile(join(p.root, first.directory, 'a'), 'utf8')).toBe('bytes');
  });

  test('refuses bytes that are not the manifest’s, and writes no pointer', async () => {
    const p = await project();
    const snapshot = await p.snapshot('s1', { a: 'bytes' });
    await writeFile(join(p.root, snapshot.directory, 'a'), 'bytEs');
    await expect(trackNatively(snapshot, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_INTEGRITY' });
    expect(await exists(join(p.root, `${snapshot.directory}.dvc`))).toBe(false);
  });

  test('waits for a DVC at work, and says so', async () => {
    const p = await project();
    const snapshot = await p.snapshot('s1', { a: '1' });
    const lock = join(p.root, '.dvc', 'tmp', 'lock');
    await writeFile(lock, '');
    const holder = execa('flock', ['--no-fork', lock, 'sleep', '30'], { reject: false });
    try {
      await expect.poll(async () => (await execa('flock', ['-n', lock, 'true'], { reject: false })).exitCode).toBe(1);
      await expect(trackNatively(snapshot, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_BUSY', exitCode: 13 });
    } finally {
      holder.kill();
      await holder;
    }
  });
});

describe('without DVC', () => {
  /** git and the system's programs, but neither Python nor DVC. */
  async function bareProject(): Promise<DvcProject> {
    const p = await project({ ready: false });
    const bin = join(p.root, '..', 'bin');
    await mkdir(bin);
    for (const name of ['git', 'sh', 'flock', 'true']) {
      const { stdout } = await execa('sh', ['-c', `command -v ${name}`]);
      const target = stdout.startsWith('/') ? stdout : `/bin/${name}`;
      await writeFile(join(bin, name), `#!/bin/sh\nexec ${target} "$@"\n`);
      await chmod(join(bin, name), 0o755);
    }
    await execa('git', ['init', '--quiet', p.root]);
    const context = { ...p.context, env: { ...p.context.env, PATH: bin }, settings: { writer: 'native' } };
    return { ...p, context: context as DvcProject['context'] };
  }

  test('a repository is made as dvc init makes it, and a snapshot is tracked, lost and brought back', async () => {
    const [theirs, bare] = [await project(), await bareProject()];
    await dvcStore.fix?.(bare.context);
    for (const path of DVC_PROJECT_FILES) {
      expect(await readFile(join(bare.root, path), 'utf8')).toBe(await readFile(join(theirs.root, path), 'utf8'));
    }
    await dvcStore.preflight(bare.context);
    expect((await dvcStore.check(bare.context)).every(({ ok }) => ok)).toBe(true);
    const snapshot: SnapshotRef = await bare.snapshot('s1', { a: '1', 'b/c': '2' });
    const context = { ...bare.context, settings: { dvc: { writer: 'native' } } };
    await onTrack.call({} as never, { stores: ['dvc'], snapshot, context } as never);
    await rm(join(bare.root, snapshot.directory), { recursive: true });
    const staging = join(bare.root, '.snapkeep', 'staging');
    await restoreSnapshots({ snapshots: [snapshot], staging }, bare.context);
    expect(await contents(bare, snapshot, join(staging, snapshot.snapshot))).toEqual({ a: '1', 'b/c': '2' });
    expect(await bare.dvc('status')).toContain('deleted');
  });

  test('a writer of another name is refused', async () => {
    const p = await project({ ready: false });
    const failure = dvcStore.preflight({ ...p.context, settings: { writer: 'fast' } });
    await expect(failure).rejects.toMatchObject<Partial<SnapkeepError>>({ code: 'SNAPKEEP_CONFIG_INVALID' });
  });
});
