import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import type { Cli } from '../e2e/support/cli.ts';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { stateOf } from '../e2e/support/state.ts';

/** A program that leaves a file where it was started. */
async function trap(project: Project, name: string): Promise<{ program: string; sprung: () => boolean }> {
  const mark = path.join(project.folder, `sprung-${name}`);
  const program = path.join(project.folder, `trap-${name}`);
  await writeFile(program, `#!/bin/sh\ntouch '${mark}'\nexit 1\n`);
  await chmod(program, 0o755);
  return { program, sprung: () => existsSync(mark) };
}

async function everyCommand(project: Cli): Promise<void> {
  for (const args of [
    ['doctor'],
    ['export', 'orders', '--force'],
    ['version', 'list', 'orders'],
    ['version', 'rollback', 'orders', 'v1'],
    ['version', 'verify', 'orders'],
    ['version', 'push', 'orders'],
    ['version', 'pull', 'orders'],
  ]) {
    await project.run(...args);
  }
}

test('a .env that came with a clone gives passwords and keys, and decides about no program', async () => {
  const project = await createProject({ sql: orders(5) });
  await project.data('export', 'orders');
  const { program, sprung } = await trap(project, 'env');
  const lines = {
    GIT_SSH_COMMAND: program,
    GIT_EXTERNAL_DIFF: program,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: project.folder,
    LD_PRELOAD: program,
    PYTHONPATH: project.folder,
    NODE_OPTIONS: `--require ${program}`,
    BASH_ENV: program,
    EDITOR: program,
    AWS_CONFIG_FILE: program,
    GIT_AUTHOR_NAME: 'Grace',
    MY_TOKEN: 'taken',
  };
  await writeFile(path.join(project.folder, 'pre-commit'), `#!/bin/sh\nexec '${program}'\n`);
  await chmod(path.join(project.folder, 'pre-commit'), 0o755);
  await project.write({
    '.env': Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  });
  const { exitCode, stderr } = await project.run('export', 'orders', '--force');
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toMatch(/\.env sets AWS_CONFIG_FILE, .*GIT_SSH_COMMAND, LD_PRELOAD.*left out/);
  expect(stderr).not.toMatch(/GIT_AUTHOR_NAME|MY_TOKEN/);
  await everyCommand(project);
  expect(sprung()).toBe(false);
  expect(await project.git('log', '-1', '--format=%an', 'orders/v2'), 'the harmless is taken').toBe('Grace');
  // The trap does spring where the user themselves points git to it.
  await project.git('config', 'core.hooksPath', project.folder);
  await project.run('export', 'orders', '--force');
  expect(sprung()).toBe(true);
});

test('a DVC that is in git is not started: neither .venv, nor .snapkeep, nor plugins.dvc.command', async () => {
  const project = await createProject({ sql: orders(5), dvc: true });
  await project.data('export', 'orders');
  const { program, sprung } = await trap(project, 'dvc');
  for (const [file, config] of [
    ['.venv/bin/dvc', {}],
    ['.snapkeep/venv/bin/dvc', {}],
    ['.snapkeep/dvc-site-cache/state.db', {}],
    ['tools/dvc', { plugins: { dvc: { command: './tools/dvc' } } }],
  ] as const) {
    await mkdir(path.dirname(path.join(project.root, file)), { recursive: true });
    await writeFile(path.join(project.root, file), await readFile(program), { mode: 0o755 });
    await project.git('add', '--force', file);
    await project.git('commit', '--quiet', '--message', 'brought along');
    await project.write({ 'snapkeep.config.yaml': config });
    const before = await stateOf(project);
    const failure = await project.failure('export', 'orders', '--force');
    expect(failure, file).toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE', exitCode: 2 });
    expect(failure.message).toContain(file);
    await project.run('doctor');
    await project.run('doctor', '--fix');
    expect(sprung()).toBe(false);
    expect({ ...(await stateOf(project)), status: '' }).toEqual({ ...before, status: '' });
    await project.git('rm', '--quiet', '--force', '-r', file);
    await project.git('commit', '--quiet', '--message', 'gone');
  }
  await project.write({ 'snapkeep.config.yaml': {} });
  expect(await project.data('export', 'orders', '--force')).toMatchObject({ version: 2 });
});

test('AWS settings inside the project, which can name a program for the credentials, are not read', async () => {
  const project = await createProject({ sql: orders(5), dvc: true });
  await project.data('export', 'orders');
  const { program, sprung } = await trap(project, 'aws');
  const settings = `[default]\ncredential_process = ${program}\n`;
  await project.write({ 'aws-config': settings });
  await writeFile(path.join(project.home, 'aws-config'), settings);
  await symlink(path.join(project.root, 'aws-config'), path.join(project.folder, 'led-inside'));
  const config = await readFile(path.join(project.root, '.dvc/config'), 'utf8');
  for (const configpath of ['../aws-config', './../aws-config', path.join(project.folder, 'led-inside')]) {
    const remote = `['remote "team"']\n    url = s3://bucket/x\n    configpath = ${configpath}\n`;
    await project.write({ '.dvc/config': config.replace('[core]\n', '[core]\n    remote = team\n') + remote });
    for (const command of ['push', 'pull']) {
      const failure = await project.failure('version', command, 'orders');
      expect(failure, configpath).toMatchObject({ code: 'SNAPKEEP_PATH_UNSAFE', exitCode: 2 });
    }
    await project.run('version', 'verify', 'orders', '--remote');
  }
  expect(sprung()).toBe(false);
});

test('no file system monitor is asked; the repository’s own hooks run, as with git commit', async () => {
  const project = await createProject({ sql: orders(5) });
  await project.data('export', 'orders');
  const monitor = await trap(project, 'fsmonitor');
  await project.git('config', 'core.fsmonitor', monitor.program);
  await everyCommand(project);
  expect(monitor.sprung()).toBe(false);
  await project.git('config', '--unset', 'core.fsmonitor');
  // Hooks never come with a clone: whoever has one there, or points core.hooksPath to a folder, put it there.
  const hook = await trap(project, 'hook');
  await writeFile(path.join(project.root, '.git/hooks/pre-commit'), await readFile(hook.program), { mode: 0o755 });
  expect(await project.failure('export', 'orders', '--force')).toMatchObject({ code: 'SNAPKEEP_GIT_FAILED' });
  expect(hook.sprung()).toBe(true);
});

test('a bare repository hidden in a clone, with hooks and settings of its own, is not taken for the project’s', async () => {
  const project = await createProject({ sql: orders(5) });
  const { program, sprung } = await trap(project, 'bare');
  const inner = path.join(project.root, 'examples', 'shop');
  await execa('git', ['init', '--quiet', '--bare', inner], { env: project.env, extendEnv: false });
  const git = (...args: string[]) => execa('git', ['-C', inner, ...args], { env: project.env, extendEnv: false });
  await git('config', 'core.bare', 'false');
  await git('config', 'core.worktree', inner);
  await git('config', 'core.hooksPath', project.folder);
  await git('config', 'core.fsmonitor', program);
  await git('config', 'user.name', 'Mallory');
  for (const hook of ['pre-commit', 'reference-transaction', 'post-index-change']) {
    await writeFile(path.join(project.folder, hook), `#!/bin/sh\nexec '${program}'\n`, { mode: 0o755 });
  }
  await writeFile(path.join(inner, 'snapkeep.config.yaml'), 'capabilities: {versionStore: [git]}\n');
  const cli = project.in('examples/shop');
  for (const args of [['doctor'], ['export', 'orders'], ['version', 'list']]) await cli.run(...args);
  expect(sprung()).toBe(false);
});

test('a journal that names paths outside of the project, or git’s own, heals nothing', async () => {
  const project = await createProject({ sql: orders(5) });
  await project.data('export', 'orders');
  const victim = path.join(project.folder, 'victim');
  await writeFile(victim, 'precious');
  for (const hostile of [
    { planned: ['../victim'] },
    { planned: ['data/../../victim'] },
    { planned: [victim] },
    { preImages: [{ path: '../victim', content: 'overwritten' }] },
    { preImages: [{ path: '.git/hooks/pre-commit', content: '#!/bin/sh\n' }] },
    { removed: ['../victim'], state: 'prepared', latest: 'x' },
  ]) {
    const folder = path.join(project.root, '.snapkeep/tx/hostile');
    await mkdir(folder, { recursive: true });
    const journal = {
      formatVersion: 1,
      transaction: 'hostile',
      operation: 'export',
      dataset: 'orders',
      pid: 1,
      startedAt: '2026-01-01T00:00:00Z',
      head: null,
      state: 'begin',
      planned: [],
      preImages: [],
      written: {},
      latestBefore: null,
      latest: null,
      ...hostile,
    };
    await writeFile(path.join(folder, 'journal.json'), JSON.stringify(journal));
    expect(await project.failure('export', 'orders')).toMatchObject({ code: 'SNAPKEEP_JOURNAL_UNKNOWN', exitCode: 14 });
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect(existsSync(path.join(project.root, '.git/hooks/pre-commit'))).toBe(false);
    await rm(folder, { recursive: true });
  }
});

test('folders of ours that are links lead nowhere: .snapkeep, data, the dataset, latest', async () => {
  const project = await createProject({ sql: orders(5) });
  const elsewhere = path.join(project.folder, 'elsewhere');
  await mkdir(elsewhere);
  await rm(path.join(project.root, '.snapkeep'), { recursive: true, force: true });
  for (const link of ['.snapkeep', 'data', 'data/orders']) {
    const place = path.join(project.root, link);
    await mkdir(path.dirname(place), { recursive: true });
    await symlink(elsewhere, place);
    expect(await project.failure('export', 'orders'), link).toMatchObject({
      code: 'SNAPKEEP_PATH_UNSAFE',
      exitCode: 2,
    });
    expect(await project.failure('export', 'orders', '--no-version'), link).toMatchObject({ exitCode: 2 });
    expect((await execa('ls', ['-A', elsewhere])).stdout).toBe('');
    await rm(place);
    await rm(path.join(project.root, 'data'), { recursive: true, force: true });
  }
  const outside = path.join(project.folder, 'outside.json');
  await writeFile(outside, '{"properties": {}}');
  await symlink(outside, path.join(project.root, 'led-out.json'));
  for (const [key, value] of [
    ['dataDirectory', '../elsewhere'],
    ['dataDirectory', '/etc'],
    ['dataDirectory', '.git'],
  ]) {
    await project.write({ 'snapkeep.config.yaml': { capabilities: { versionStore: ['git'] }, [String(key)]: value } });
    expect(await project.failure('export', 'orders'), value).toMatchObject({ exitCode: 2 });
  }
  for (const schema of ['../outside.json', 'led-out.json', outside]) {
    const datasets = { orders: { table: 'orders', schema } };
    await project.write({ 'snapkeep.config.yaml': { capabilities: { versionStore: ['git'] }, datasets } });
    expect(await project.failure('export', 'orders'), schema).toMatchObject({
      code: 'SNAPKEEP_PATH_UNSAFE',
      exitCode: 2,
    });
  }
});
