import { link, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { runDvc } from '../src/run-dvc.ts';
import { trackSnapshot } from '../src/track.ts';
import { contents, createProject, type DvcProject, type ProjectOptions } from './project.ts';

const projects: DvcProject[] = [];

async function project(options?: ProjectOptions): Promise<DvcProject> {
  const made = await createProject(options);
  projects.push(made);
  return made;
}

afterEach(async () => {
  for (const made of projects.splice(0)) await made.dispose();
});

describe('tracking a snapshot', () => {
  test('writes the pointer beside it, and nothing else where a pattern ignores the folder', async () => {
    const p = await project();
    const files = { 'orders.parquet': 'PAR1 one', 'quarantine/orders.csv': 'x', 'żółć "q".parquet': 'PAR1' };
    const snapshot = await p.snapshot('s1', files);
    expect(await trackSnapshot(snapshot, p.context)).toEqual({ paths: ['data/orders/20251027T100000000Z-s1.dvc'] });
    expect(await p.sh('git status --porcelain data')).toBe('?? data/');
    expect(await p.sh('git status --porcelain -uall data')).toBe('?? data/orders/20251027T100000000Z-s1.dvc');
    expect(await contents(p, snapshot)).toEqual(files);
    expect(await p.dvc('status')).toMatch(/up to date/);
  });

  test('names .gitignore where DVC had to write into it, and only then', async () => {
    const p = await project({ ignore: '/.snapkeep/\n' });
    const first = await trackSnapshot(await p.snapshot('s1', { a: '1' }), p.context);
    expect(first.paths).toEqual(['data/orders/20251027T100000000Z-s1.dvc', 'data/orders/.gitignore']);
    const second = await trackSnapshot(await p.snapshot('s2', { a: '2' }), p.context);
    expect(second.paths).toEqual(['data/orders/20251027T100000000Z-s2.dvc', 'data/orders/.gitignore']);
    expect((await trackSnapshot(await p.snapshot('s2', { a: '2' }), p.context)).paths).toEqual([
      'data/orders/20251027T100000000Z-s2.dvc',
    ]);
    expect(await readFile(join(p.root, 'data/orders/.gitignore'), 'utf8')).toBe(
      '/20251027T100000000Z-s1\n/20251027T100000000Z-s2\n',
    );
  });

  test('stores no byte twice: work tree, cache and the caller’s own link are one file', async () => {
    const p = await project();
    const snapshot = await p.snapshot('s1', { a: 'x'.repeat(100_000) });
    const path = join(p.root, snapshot.directory, 'a');
    await link(path, join(p.root, '.snapkeep', 'kept'));
    const before = await stat(path);
    await trackSnapshot(snapshot, p.context);
    const after = await stat(path);
    expect([after.ino, after.nlink]).toEqual([before.ino, 3]);
  });

  test('works where the project is a folder of a larger repository', async () => {
    const p = await project({ folder: 'apps/data' });
    await trackSnapshot(await p.snapshot('s1', { a: '1' }), p.context);
    expect(await p.sh('git status --porcelain -uall data')).toBe('?? apps/data/data/orders/20251027T100000000Z-s1.dvc');
  });

  test('refuses links inside the snapshot, an empty folder, and files that are not those of the manifest', async () => {
    const p = await project();
    const linked = await p.snapshot('s1', { a: '1' });
    await symlink('/etc/passwd', join(p.root, linked.directory, 'link'));
    await expect(trackSnapshot(linked, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE' });
    const short = await p.snapshot('s2', { a: '1' });
    await writeFile(join(p.root, short.directory, 'a'), '12');
    await expect(trackSnapshot(short, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_INTEGRITY' });
    const gone = { ...short, directory: 'data/orders/s3' };
    await expect(trackSnapshot(gone, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_INTEGRITY' });
  });

  test('says on one line what DVC refused', async () => {
    const p = await project();
    await writeFile(join(p.root, '.dvc', 'tmp', 'rwlock'), '{"half');
    const snapshot = await p.snapshot('s1', { a: '1' });
    await expect(trackSnapshot(snapshot, p.context)).rejects.toMatchObject({
      code: 'SNAPKEEP_DVC_FAILED',
      exitCode: 16,
      message: expect.stringMatching(/^dvc add failed: [^\n]*rwlock/i),
    });
  });

  test('is busy while another DVC holds the repository, and goes on when it lets go', async () => {
    const p = await project();
    const snapshot = await p.snapshot('s1', { a: '1' });
    const python = join(inject('dvcCommand'), '..', 'python');
    const hold =
      'import sys,time\nfrom zc.lockfile import LockFile\nl=LockFile(".dvc/tmp/lock")\nprint("held",flush=True)\ntime.sleep(60)';
    const holder = execa(python, ['-c', hold], { cwd: p.root, reject: false });
    await new Promise((resolve) => holder.stdout?.once('data', resolve));
    try {
      await expect(trackSnapshot(snapshot, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_BUSY', exitCode: 13 });
    } finally {
      holder.kill('SIGKILL');
      await holder;
    }
    await trackSnapshot(snapshot, p.context);
  });

  test('stops DVC on Ctrl-C', async () => {
    const p = await project();
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('stop')), 200);
    const startedMs = Date.now();
    await expect(runDvc(['status'], { ...p.context, signal: abort.signal })).rejects.toThrow('stop');
    expect(Date.now() - startedMs).toBeLessThan(20_000);
  });
});
