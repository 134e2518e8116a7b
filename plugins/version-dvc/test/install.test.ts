import { mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestContext } from '@snapkeep/sdk/conformance';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installDvc } from '../src/install/install-dvc.ts';
import { readMarker, writeMarker } from '../src/install/marker.ts';

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'snapkeep-install-')));
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('an installation leaves a foreign .venv alone, takes up one that was cut short, and has its bytecode', {
  timeout: 180_000,
}, async () => {
  await mkdir(join(root, '.venv'));
  await writeFile(join(root, '.venv', 'pyvenv.cfg'), 'theirs');
  const half = join(root, '.snapkeep', 'venv');
  await mkdir(half, { recursive: true });
  await writeMarker(half, { state: 'installing', version: '3.67.0', requirements: '' });

  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { command, version } = await installDvc(createTestContext({ root, env }));

  expect(command).toBe(join(half, 'bin', 'dvc'));
  expect((await execa(command, ['--version'])).stdout).toBe(version);
  expect(await readMarker(half)).toMatchObject({ state: 'ready', version });
  expect(await readdir(join(root, '.venv'))).toEqual(['pyvenv.cfg']);
  const names = await readdir(half, { recursive: true });
  expect(names.filter((name) => /\/dvc\/__pycache__\/api|\/dvc\/__pycache__\/__init__/.test(name))).not.toEqual([]);
  const imports = 'import dvc_s3, s3fs, aiobotocore.session, dvc_http, aiohttp';
  await execa(join(half, 'bin', 'python'), ['-c', imports]);
});

test('a second project links the files of the first, and outlives it', {
  timeout: 180_000,
}, async () => {
  const projects = ['one', 'two'].map((name) => join(root, name));
  for (const project of projects) {
    await mkdir(project);
    await installDvc(createTestContext({ root: project, env: process.env }));
  }
  const library = await readdir(join(root, 'one', '.venv', 'lib'));
  const file = (project: string) => join(project, '.venv', 'lib', library[0] ?? '', 'site-packages', 'dvc', 'api');
  const inodes = await Promise.all(projects.map(async (project) => (await stat(join(file(project), 'show.py'))).ino));
  expect(inodes[0]).toBe(inodes[1]);

  await rm(join(root, 'one'), { recursive: true });
  await execa(join(root, 'two', '.venv', 'bin', 'dvc'), ['--version']);
});

test('an installation that fails says why on one line, and is not taken for one', async () => {
  // A cache that has uv and nothing else.
  const { XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
  const uv = (await readdir(join(XDG_CACHE_HOME, 'snapkeep')).catch(() => [])).find((name) => /^uv-[\d.]+$/.test(name));
  const cache = join(root, 'cache');
  await mkdir(join(cache, 'snapkeep'), { recursive: true });
  if (uv) await symlink(join(XDG_CACHE_HOME, 'snapkeep', uv), join(cache, 'snapkeep', uv));
  const env = {
    ...process.env,
    XDG_CACHE_HOME: cache,
    UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple',
    UV_NO_CACHE: '1',
    UV_HTTP_RETRIES: '0',
  };
  await expect(installDvc(createTestContext({ root, env }))).rejects.toMatchObject({
    code: 'SNAPKEEP_DVC_MISSING',
    message: expect.stringMatching(/^DVC could not be installed: [^\n]+$/),
  });
  expect(await readMarker(join(root, '.venv'))).toMatchObject({ state: 'installing' });
});
