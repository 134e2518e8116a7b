import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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

test('an installation that fails says why on one line, and is not taken for one', async () => {
  const env = { ...process.env, UV_DEFAULT_INDEX: 'http://127.0.0.1:9/simple', UV_NO_CACHE: '1', UV_HTTP_RETRIES: '0' };
  await expect(installDvc(createTestContext({ root, env }))).rejects.toMatchObject({
    code: 'SNAPKEEP_DVC_MISSING',
    message: expect.stringMatching(/^DVC could not be installed: [^\n]+$/),
  });
  expect(await readMarker(join(root, '.venv'))).toMatchObject({ state: 'installing' });
});
