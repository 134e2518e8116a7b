import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, inject, test } from 'vitest';
import { dvcStore } from '../src/dvc-store.ts';
import { startEarly } from '../src/early-add.ts';
import { trackSnapshot } from '../src/track.ts';
import { contents, createProject, type DvcProject } from './project.ts';

const projects: DvcProject[] = [];

async function project(): Promise<DvcProject> {
  const made = await createProject();
  projects.push(made);
  return made;
}

afterEach(async () => {
  for (const made of projects.splice(0)) await made.dispose();
});

const callsOf = ({ context }: DvcProject) =>
  context.messages.filter(({ level, message }) => level === 'debug' && message.startsWith('dvc add'));

/** Processes of that script whose folder is the project. */
async function waitingIn({ root }: DvcProject): Promise<number> {
  let found = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const args = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const env = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (args.includes('python/add.py') && env.includes(root)) found += 1;
  }
  return found;
}

test('a DVC that was started early adds what dvc add adds; the next add starts another', async () => {
  const p = await project();
  const files = { 'orders.parquet': 'PAR1 one', 'żółć "q".parquet': 'PAR1' };
  const [first, second] = [await p.snapshot('s1', files), await p.snapshot('s2', files)];
  await using _early = await startEarly(p.context);
  await trackSnapshot(first, p.context);
  await trackSnapshot(second, p.context);
  expect(callsOf(p).map(({ message }) => message.endsWith(', started early'))).toEqual([true, false]);
  const pointer = (name: string) => readFile(join(p.root, `data/orders/20251027T100000000Z-${name}.dvc`), 'utf8');
  expect((await pointer('s1')).replaceAll('s1', 's2')).toBe(await pointer('s2'));
  expect(await contents(p, first)).toEqual(files);
  expect(await p.dvc('status')).toMatch(/up to date/);
});

test('what DVC refuses it refuses, in its own words', async () => {
  const p = await project();
  await p.write('data/photos.dvc', 'outs:\n- md5: 0123');
  const snapshot = await p.snapshot('s1', { a: '1' });
  await using _early = await startEarly(p.context);
  await expect(trackSnapshot(snapshot, p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_DVC_FAILED' });
  expect(callsOf(p)).toHaveLength(1);
});

test('one that nobody used is gone when the run has ended', async () => {
  const p = await project();
  const early = await dvcStore.startEarly?.(p.context);
  expect(await waitingIn(p)).toBeGreaterThan(0);
  await early?.[Symbol.asyncDispose]();
  expect(await waitingIn(p)).toBe(0);
  await trackSnapshot(await p.snapshot('s1', { a: '1' }), p.context);
});

test('where the Python beside it has no DVC, or there is none, DVC is started as ever', async () => {
  const p = await project();
  await p.write('bin/dvc', `#!/bin/sh\nexec '${inject('dvcCommand')}' "$@"\n`);
  await p.write('bin/python3', '#!/bin/sh\nexec /usr/bin/env -u PYTHONPATH python3 -S "$@"\n');
  for (const name of ['dvc', 'python3']) await chmod(join(p.root, 'bin', name), 0o755);
  const context = { ...p.context, settings: { command: join(p.root, 'bin/dvc') } };
  await using _early = await startEarly(context);
  await trackSnapshot(await p.snapshot('s1', { a: '1' }), context);
  expect(callsOf(p).at(-1)?.message).not.toContain('early');
  expect(await p.dvc('status')).toMatch(/up to date/);
});
