import { existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';

/** In the order in which documentation names them; two in one folder are an error. */
const CONFIG_NAMES = [
  'snapkeep.config.yaml',
  'snapkeep.config.yml',
  'snapkeep.config.json',
  'snapkeep.config.ts',
] as const;

export interface Location {
  /** Absolute real path of the project. */
  readonly root: string;
  /** Absolute path of the project's file, or `null` where there is none. */
  readonly file: string | null;
}

/** The file that `--config` or SNAPKEEP_CONFIG names, else the nearest one upward. */
export async function locateProject(cwd: string, named?: { file: string; by: string }): Promise<Location> {
  if (named) {
    const file = path.resolve(cwd, named.file);
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) {
      throw new SnapkeepError('SNAPKEEP_CONFIG_NOT_FOUND', `${named.by} names ${named.file}, which is no file`, {
        hint: 'Name an existing snapkeep.config.yaml, .json or .ts.',
        details: { file },
      });
    }
    return { root: await realpath(path.dirname(file)), file };
  }
  const start = await realpath(cwd);
  for (const folder of upward(start)) {
    const file = await configIn(folder);
    if (file !== null) return { root: folder, file };
    // The git repository is the project then, so that every command of a user finds the same data/.
    if (existsSync(path.join(folder, '.git'))) return { root: folder, file: null };
  }
  return { root: start, file: null };
}

/** From the working folder up to the home folder or the root of the file system. */
function* upward(start: string): Generator<string> {
  const home = homedir();
  for (let folder = start; ; folder = path.dirname(folder)) {
    yield folder;
    if (folder === home || folder === path.dirname(folder)) return;
  }
}

async function configIn(folder: string): Promise<string | null> {
  const entries = await readdir(folder).catch((): string[] => []);
  const found = CONFIG_NAMES.filter((name) => entries.includes(name));
  if (found.length > 1) {
    throw new SnapkeepError(
      'SNAPKEEP_CONFIG_INVALID',
      `${folder} holds ${found.join(' and ')}; only one may be there`,
      {
        hint: 'Remove all but one of them, or name one with --config.',
        details: { folder, files: found },
      },
    );
  }
  return found[0] === undefined ? null : path.join(folder, found[0]);
}
