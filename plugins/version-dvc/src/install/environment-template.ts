import { createHash } from 'node:crypto';
import { constants, copyFileSync, type Dirent, linkSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder, type PluginContext } from '@snapkeep/sdk';
import { runProgram } from './program.ts';

const PYTHON = '>=3.9';

export interface Requirements {
  /** Absolute path of the requirements file. */
  readonly file: string;
  /** Of its text. */
  readonly sha256: string;
  /** The version of DVC that it pins. */
  readonly version: string;
}

/**
 * A virtual environment with the pinned DVC and all bytecode, kept in the user's cache folder: compiling takes
 * seconds, linking its files into a project a tenth of one. One for each interpreter and list of requirements.
 * Built beside its place and renamed: what is there is whole.
 * @returns its absolute path
 * @throws SNAPKEEP_DVC_MISSING
 */
export async function environmentTemplate(
  uv: string,
  requirements: Requirements,
  context: PluginContext,
): Promise<string> {
  const python = (await runProgram(uv, ['python', 'find', '--system', PYTHON], context)).trim();
  const key = createHash('sha256').update(`${requirements.sha256} ${python}`).digest('hex').slice(0, 12);
  const home = join(cacheFolder(context), `dvc-${requirements.version}-${key}`);
  if (await isThere(home)) return home;
  await mkdir(dirname(home), { recursive: true });
  const staged = await mkdtemp(`${home}.`);
  try {
    // Relocatable: its programs find their Python beside themselves, wherever that is.
    await runProgram(uv, ['venv', '--quiet', '--allow-existing', '--relocatable', '--python', python, staged], context);
    const options = ['--quiet', '--no-deps', '--require-hashes', '--compile-bytecode'];
    const target = ['--python', join(staged, 'bin', 'python')];
    await runProgram(uv, ['pip', 'install', ...options, ...target, '-r', requirements.file], context);
    await rename(staged, home).catch(async (error: unknown) => {
      // Another run was faster.
      if (!(await isThere(home))) throw error;
    });
    return home;
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/**
 * Puts the template's files into `folder`: as hard links, which is safe as pip and uv replace files and never write into
 * them; else as copies. Some 6,000 calls, each of microseconds: one by one, because promises would take ten times as long.
 */
export async function cloneEnvironment(template: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(template, { withFileTypes: true });
  for (const entry of entries) {
    const [from, to] = [join(template, entry.name), join(folder, entry.name)];
    if (entry.isDirectory()) await cloneEnvironment(from, to);
    else place(entry, from, to);
  }
}

function place(entry: Dirent, from: string, to: string): void {
  try {
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      // What an installation that was cut short has left.
      rmSync(to, { recursive: true });
      place(entry, from, to);
    } else if (entry.isSymbolicLink()) throw error;
    else copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
