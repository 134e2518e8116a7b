import { access, constants, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { isSnapkeepError, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { refuseBroughtPrograms } from './brought-programs.ts';
import { readMarker } from './install/marker.ts';

export interface FoundDvc {
  /** Absolute path. */
  readonly command: string;
  readonly version: string;
}

/** What was once verified, kept in the project so that an export starts DVC only once. */
interface Verified extends FoundDvc {
  readonly file: string;
  readonly modifiedMs: number;
}

/** Where our own installation goes: the first that is free for it. Relative to the project. */
export const VENV_FOLDERS = ['.venv', join('.snapkeep', 'venv')] as const;

const cache = new Map<string, FoundDvc>();

/**
 * The DVC to use: `plugins.dvc.command` of the configuration, else the project's virtual
 * environment, else the PATH's. Suitable is 3.50 and newer, below 4.
 * @throws SNAPKEEP_DVC_MISSING
 */
export async function findDvc(context: PluginContext): Promise<FoundDvc> {
  const key = JSON.stringify([context.root, context.settings.command, context.env.PATH]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  await refuseBroughtPrograms(context);
  const found = (await recall(context)) ?? (await search(context));
  cache.set(key, found);
  return found;
}

/** After an installation everything is looked at again. */
export function forgetDvc(): void {
  cache.clear();
}

async function search(context: PluginContext): Promise<FoundDvc> {
  const tried: string[] = [];
  for (const command of await candidates(context)) {
    const version = (await versionByMarker(command)) ?? (await askVersion(command, context));
    if (version !== undefined && isSuitable(version)) {
      await remember({ command, version }, context);
      return { command, version };
    }
    tried.push(`${command} (${version === undefined ? 'does not run' : version})`);
  }
  const found = tried.length === 0 ? '' : ` Looked at: ${tried.join(', ')}.`;
  throw new SnapkeepError('SNAPKEEP_DVC_MISSING', `No DVC 3.50 or newer, below 4, is found.${found}`, {
    details: { tried },
  });
}

async function candidates(context: PluginContext): Promise<readonly string[]> {
  const { command } = context.settings;
  if (typeof command === 'string' && command !== '') {
    if (isAbsolute(command) || command.includes('/')) return [resolve(context.root, command)];
    return onPath(command, context);
  }
  const own: string[] = [];
  for (const folder of VENV_FOLDERS) {
    const venv = join(context.root, folder);
    // An installation that was cut short is not looked at.
    if ((await readMarker(venv))?.state !== 'installing') own.push(join(venv, 'bin', 'dvc'));
  }
  return [...(await runnable(own)), ...(await onPath('dvc', context))];
}

async function onPath(name: string, context: PluginContext): Promise<readonly string[]> {
  const folders = (context.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return runnable(folders.map((folder) => join(folder, name)));
}

async function runnable(paths: readonly string[]): Promise<readonly string[]> {
  const checked = await Promise.all(paths.map((path) => isThere(path, constants.X_OK)));
  return paths.filter((_, index) => checked[index]);
}

async function isThere(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function versionByMarker(command: string): Promise<string | undefined> {
  const marker = await readMarker(join(command, '..', '..'));
  return marker?.state === 'ready' ? marker.version : undefined;
}

async function askVersion(command: string, context: PluginContext): Promise<string | undefined> {
  const { execa } = await import('execa');
  const result = await execa(command, ['--version'], {
    env: { ...context.env, DVC_NO_ANALYTICS: '1' },
    extendEnv: false,
    reject: false,
    cancelSignal: context.signal,
  });
  context.signal.throwIfAborted();
  return result.failed ? undefined : /\d+\.\d+\.\d+\S*/.exec(result.stdout)?.[0];
}

export function isSuitable(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major === 3 && minor !== undefined && minor >= 50;
}

function notePath(context: PluginContext): string {
  return join(context.root, '.snapkeep', 'dvc.json');
}

async function recall(context: PluginContext): Promise<FoundDvc | undefined> {
  try {
    const note = JSON.parse(await readFile(notePath(context), 'utf8')) as Partial<Verified>;
    const { command, version, file, modifiedMs } = note;
    if (!command || !version || !file || !isSuitable(version)) return undefined;
    const wanted = context.settings.command;
    if (typeof wanted === 'string' && !(await candidates(context)).includes(command)) return undefined;
    if ((await realpath(command)) !== file || (await stat(file)).mtimeMs !== modifiedMs) return undefined;
    return { command, version };
  } catch (error) {
    if (isSnapkeepError(error)) throw error;
    return undefined;
  }
}

/** Best effort, and only in a project of ours: without the note the next run asks DVC again. */
async function remember(found: FoundDvc, context: PluginContext): Promise<void> {
  if (!(await isThere(join(context.root, '.dvc', 'config')))) return;
  try {
    const file = await realpath(found.command);
    const note: Verified = { ...found, file, modifiedMs: (await stat(file)).mtimeMs };
    await mkdir(join(context.root, '.snapkeep'), { recursive: true, mode: 0o700 });
    const temporary = `${notePath(context)}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify(note)}\n`);
    await rename(temporary, notePath(context));
  } catch (error) {
    context.log.debug(`The DVC that was found could not be noted: ${String(error)}`);
  }
}
