import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { versionStoreConformance } from '@snapkeep/sdk/conformance';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { readDvcConfig } from '../src/dvc-config.ts';
import { DVC_PROJECT_FILES, dvcStore } from '../src/dvc-store.ts';
import { forgetDvc, isSuitable } from '../src/find-dvc.ts';
import capabilities from '../src/hooks/capabilities.ts';
import onRestore from '../src/hooks/version-restore.ts';
import onTrack from '../src/hooks/version-track.ts';
import { createProject, type DvcProject, exists, type ProjectOptions } from './project.ts';

const projects: DvcProject[] = [];

async function project(options?: ProjectOptions): Promise<DvcProject> {
  const made = await createProject(options);
  projects.push(made);
  return made;
}

afterEach(async () => {
  forgetDvc();
  for (const made of projects.splice(0)) await made.dispose();
});

/** A program named dvc that says it is of this version, and notes each start. */
async function pretender(p: DvcProject, version: string): Promise<string> {
  const path = join(p.root, 'bin', 'dvc');
  await mkdir(join(p.root, 'bin'), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho started >> "${p.root}/starts"\necho ${version}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('dvc is a version store', () => {
  const cases = versionStoreConformance({
    store: dvcStore,
    ready: () => createProject(),
    broken: () => createProject({ ready: false, settings: { command: './not-there' } }),
  });
  for (const { name, run } of cases) test(name, run);
});

describe('the version store dvc', () => {
  test('makes a repository with its settings, whose files are all that git sees', async () => {
    const p = await project();
    expect(await p.sh('git status --porcelain -uall --no-renames | cut -c4-')).toBe(
      [...DVC_PROJECT_FILES, '.gitignore'].join('\n'),
    );
    const settings = await p.dvc('config', '--list', '--project');
    expect(settings.split('\n').sort()).toEqual([
      'cache.type=hardlink,reflink,copy',
      'core.analytics=false',
      'core.autostage=false',
      'core.check_update=false',
    ]);
    expect((await readDvcConfig(p.context))?.cacheType).toBe('hardlink,reflink,copy');
  });

  test('leaves a DVC repository that is there as it is', async () => {
    const p = await project();
    await p.dvc('config', 'cache.type', 'copy');
    const before = await readFile(join(p.root, '.dvc', 'config'), 'utf8');
    await dvcStore.fix?.(p.context);
    expect(await readFile(join(p.root, '.dvc', 'config'), 'utf8')).toBe(before);
  });

  test('asks for a git repository first, and does without one where it is told to', async () => {
    const p = await project({ ready: false });
    await expect(dvcStore.fix?.(p.context)).rejects.toMatchObject({ code: 'SNAPKEEP_GIT_NO_REPOSITORY' });
    const alone = await project({ ready: false, settings: { command: inject('dvcCommand'), scm: false } });
    await dvcStore.fix?.(alone.context);
    expect(await alone.dvc('config', '--list', '--project')).toMatch(/core\.no_scm=true/i);
    expect((await readDvcConfig(alone.context))?.cacheType).toBe('hardlink,reflink,copy');
  });

  test('advises a remote before the next export while there is none', async () => {
    const p = await project();
    const found = async () => (await dvcStore.check(p.context)).find(({ name }) => name === 'dvc repository');
    expect(await found()).toMatchObject({ ok: true, hint: expect.stringContaining('dvc remote add') });
    await p.dvc('remote', 'add', '--default', 'team', '../elsewhere');
    expect(await found()).toEqual({ name: 'dvc repository', ok: true, message: 'initialised, default remote team' });
  });

  test('reads remotes and cache folder as DVC writes them', async () => {
    const p = await project();
    await p.dvc('remote', 'add', '--default', 'my store', '../elsewhere');
    await p.dvc('remote', 'add', '--local', 's3', 's3://bucket/path');
    await p.dvc('config', '--local', 'cache.dir', join(p.root, 'own cache'));
    const config = await readDvcConfig(p.context);
    expect(config).toMatchObject({ defaultRemote: 'my store', objects: join(p.root, 'own cache', 'files', 'md5') });
    expect(Object.fromEntries(config?.remotes ?? [])).toEqual({
      'my store': join(p.root, '..', 'elsewhere'),
      s3: 's3://bucket/path',
    });
  });

  test.each([
    ['3.50.0', true],
    ['3.67.1', true],
    ['3.49.9', false],
    ['2.58.2', false],
    ['4.0.0', false],
    ['3.100.0a1', true],
  ])('DVC %s is suitable: %s', (version, suitable) => {
    expect(isSuitable(version)).toBe(suitable);
  });

  test('refuses a DVC that is too old, by name and version', async () => {
    const p = await project();
    const command = await pretender(p, '2.10.0');
    const context = { ...p.context, settings: { command } };
    await expect(dvcStore.preflight(context)).rejects.toMatchObject({
      code: 'SNAPKEEP_DVC_MISSING',
      exitCode: 16,
      message: expect.stringContaining('bin/dvc (2.10.0)'),
    });
  });

  test('starts DVC once to learn its version, and never again while it stays the same', async () => {
    const p = await project();
    await rm(join(p.root, '.snapkeep', 'dvc.json'), { force: true });
    const context = { ...p.context, settings: { command: await pretender(p, '3.60.0') } };
    for (let run = 0; run < 3; run += 1) {
      forgetDvc();
      await dvcStore.preflight(context);
    }
    expect(await readFile(join(p.root, 'starts'), 'utf8')).toBe('started\n');
  });

  test('does not take an installation that was cut short', async () => {
    const p = await project({ env: { PATH: '/usr/bin:/bin' } });
    await mkdir(join(p.root, '.venv', 'bin'), { recursive: true });
    await writeFile(join(p.root, '.venv', 'bin', 'dvc'), '#!/bin/sh\necho 3.67.1\n');
    await chmod(join(p.root, '.venv', 'bin', 'dvc'), 0o755);
    await rm(join(p.root, '.snapkeep', 'dvc.json'), { force: true });
    const context = { ...p.context, settings: {} };
    await dvcStore.preflight(context);
    forgetDvc();
    await rm(join(p.root, '.snapkeep', 'dvc.json'), { force: true });
    await writeFile(join(p.root, '.venv', 'snapkeep.json'), '{"state":"installing"}');
    await expect(dvcStore.preflight(context)).rejects.toMatchObject({ code: 'SNAPKEEP_DVC_MISSING' });
  });

  test('acts on events only where the configuration switched it on, with its block of the settings', async () => {
    const p = await project();
    const snapshot = await p.snapshot('s1', { a: '1' });
    const context = { ...p.context, settings: { dvc: p.context.settings, git: {} } };
    expect(await onTrack({ snapshot, context, stores: ['git'] })).toBeUndefined();
    expect(await exists(join(p.root, `${snapshot.directory}.dvc`))).toBe(false);
    expect(await onTrack({ snapshot, context, stores: ['dvc'] })).toEqual({ paths: [`${snapshot.directory}.dvc`] });
    await rm(join(p.root, snapshot.directory), { recursive: true });
    const staging = join(p.root, 'staging');
    expect(await onRestore({ snapshots: [snapshot], staging, context, stores: ['dvc'] })).toEqual({
      restored: [snapshot.directory],
    });
    expect(await exists(join(staging, snapshot.snapshot, 'a'))).toBe(true);
    const [registration] = (await capabilities({ context, stores: [] })) ?? [];
    expect(registration).toMatchObject({ kind: 'versionStore', name: 'dvc' });
    expect(await registration?.open()).toBe(dvcStore);
  });
});
