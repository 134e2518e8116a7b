import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, type PluginContext } from '@snapkeep/sdk';
import { answers, runProgram } from './program.ts';

const REQUIREMENTS = fileURLToPath(new URL('../../requirements-uv.txt', import.meta.url));

/** The first uv that knows every flag we give it. */
const OLDEST: readonly [number, number] = [0, 5];

/**
 * uv from the PATH, else a pinned one that is kept in the user's cache folder, brought there by
 * Python's own venv and pip.
 * @throws SNAPKEEP_DVC_MISSING
 */
export async function findUv(context: PluginContext): Promise<string> {
  if (isNewEnough(await answers('uv', ['--version'], context))) return 'uv';
  const pinned = /^uv==(\S+)/m.exec(await readFile(REQUIREMENTS, 'utf8'))?.[1] ?? 'unknown';
  const home = join(cacheFolder(context), `uv-${pinned}`);
  const uv = join(home, 'bin', 'uv');
  if ((await answers(uv, ['--version'], context)) !== undefined) return uv;
  context.log.info(`uv ${pinned} is installed into ${home}.`);
  await installUv(home, context);
  return uv;
}

function isNewEnough(answer: string | undefined): boolean {
  const [, major, minor] = /(\d+)\.(\d+)/.exec(answer ?? '') ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > OLDEST[0] || Number(minor) >= OLDEST[1];
}

/** Built beside its place and renamed: uv is one program that doesn't mind, and nobody finds half of it. */
async function installUv(home: string, context: PluginContext): Promise<void> {
  await mkdir(dirname(home), { recursive: true });
  const staged = await mkdtemp(`${home}.`);
  try {
    await runProgram('python3', ['-m', 'venv', staged], context);
    const python = join(staged, 'bin', 'python');
    const options = [
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary',
      ':all:',
      '--require-hashes',
    ];
    await runProgram(python, ['-m', 'pip', 'install', ...options, '-r', REQUIREMENTS], context);
    await rm(home, { recursive: true, force: true });
    await rename(staged, home);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}
