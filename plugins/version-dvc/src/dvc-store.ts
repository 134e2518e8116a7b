import {
  type Check,
  isSnapkeepError,
  type PluginContext,
  SnapkeepError,
  type VersionFacts,
  type VersionRef,
  type VersionStore,
} from '@snapkeep/sdk';
import { lookIntoCache, objectsFolder } from './dvc-cache.ts';
import { readDvcConfig } from './dvc-config.ts';
import { findDvc } from './find-dvc.ts';
import { initialiseDvc } from './initialise.ts';
import { checkRemotes, installExtras } from './install/extras.ts';
import { installDvc } from './install/install-dvc.ts';
import { readPointer } from './pointer.ts';
import { writerOf } from './settings.ts';

/** What `fix` may leave in the project for git; relative to it. A commit takes those that are there. */
export const DVC_PROJECT_FILES = ['.dvc/.gitignore', '.dvc/config', '.dvcignore'] as const;

/**
 * The line of `.gitignore` that keeps snapshots' folders, whose names begin with a date, out of git. With stars
 * for both names DVC takes `data/<dataset>/` itself for ignored, finds no pointer, and `dvc pull` without
 * a target brings nothing and ends with 0 (3.67.1).
 */
export const SNAPSHOTS_IGNORED = '/data/*/[0-9]*/';

/** So many pointers are read at once. */
const READS_AT_ONCE = 64;

/** The version store `dvc`. Reads come from files; DVC itself is started where a state changes. */
export const dvcStore: VersionStore = {
  projectFiles: DVC_PROJECT_FILES,
  ignored: ['/.venv/'],
  check,
  fix,
  preflight,
  describe,
  startEarly: async (context) => (await import('./early-add.ts')).startEarly(context),
  inspect: async (request, context) => (await import('./inspect.ts')).inspectSnapshots(request, context),
};

async function check(context: PluginContext): Promise<readonly Check[]> {
  const checks: Check[] = [];
  let found = false;
  try {
    const { command, version } = await findDvc(context);
    checks.push({ name: 'dvc', ok: true, message: `DVC ${version} (${command})` });
    found = true;
  } catch (error) {
    if (!isSnapkeepError(error) || context.signal.aborted) throw error;
    checks.push(missingCheck(error, context));
  }
  const config = await readDvcConfig(context);
  if (config === undefined) {
    const { message, hint, code } = notInitialised(context);
    return [...checks, { name: 'dvc repository', ok: false, message, hint, code }];
  }
  checks.push(repositoryCheck(config.defaultRemote));
  if (found) checks.push(...(await checkRemotes(context)));
  const type = config.cacheType;
  const shares = type !== undefined && /reflink|hardlink|symlink/.test(type);
  checks.push({
    name: 'dvc cache',
    ok: true,
    message: shares
      ? `shares bytes with the work tree (${type})`
      : `holds every snapshot a second time (cache.type is ${type ?? 'not set'})`,
  });
  return checks;
}

/** Pointers and objects that snapkeep writes itself need DVC for remotes only. */
function missingCheck({ message, hint, code }: SnapkeepError, context: PluginContext): Check {
  const name = 'dvc';
  if (writerOf(context) === 'dvc') return { name, ok: false, message, hint, code };
  return {
    name,
    ok: true,
    message: 'none is there; pointers and objects are written without it',
    hint: 'A remote needs it: once .dvc/config names one, snapkeep doctor --fix installs it.',
  };
}

/** A version's tag holds `.dvc/config` as it was: without a remote in it `dvc pull` after `git checkout TAG` fails. */
function repositoryCheck(remote: string | undefined): Check {
  const name = 'dvc repository';
  if (remote !== undefined) return { name, ok: true, message: `initialised, default remote ${remote}` };
  return {
    name,
    ok: true,
    message: 'initialised, no default remote',
    hint: 'For colleagues: dvc remote add -d NAME URL, and commit .dvc/config, before the next export; a version’s tag keeps the remote of its time.',
  };
}

/**
 * Installs DVC where no suitable one is found, and what its remotes need; makes the project a DVC repository where it isn't
 * one. The native writer needs DVC only once there is a remote.
 */
async function fix(context: PluginContext): Promise<void> {
  if (writerOf(context) === 'native') {
    await initialiseDvc(context);
    if ((await readDvcConfig(context))?.remotes.size === 0) return;
  }
  try {
    await findDvc(context);
  } catch (error) {
    if (!isSnapkeepError(error) || error.code !== 'SNAPKEEP_DVC_MISSING' || context.settings.command) throw error;
    await installDvc(context);
  }
  await initialiseDvc(context);
  await installExtras(context);
}

/** Costs no start of DVC once it was verified in this project. */
async function preflight(context: PluginContext): Promise<void> {
  const writer = writerOf(context);
  if ((await readDvcConfig(context)) === undefined) throw notInitialised(context);
  if (writer === 'dvc') await findDvc(context);
}

function notInitialised(context: PluginContext): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_DVC_FAILED', `${context.root} is not a DVC repository.`, {
    hint: 'snapkeep init makes a project of it; one that has a configuration already gets what it lacks by snapkeep doctor --fix.',
  });
}

async function describe(
  versions: readonly VersionRef[],
  context: PluginContext,
  wanted: readonly (keyof VersionFacts)[] = ['cached'],
): Promise<readonly VersionFacts[]> {
  if (!wanted.includes('cached')) return versions.map(() => ({}));
  const objects = await objectsFolder(context);
  const known = new Map<string, VersionFacts>();
  const directories = [...new Set(versions.map(({ directory }) => directory))];
  for (let start = 0; start < directories.length; start += READS_AT_ONCE) {
    const some = directories.slice(start, start + READS_AT_ONCE);
    const facts = await Promise.all(some.map((directory) => cachedOrUnknown(directory, objects, context)));
    some.forEach((directory, index) => {
      known.set(directory, facts[index] ?? {});
    });
  }
  return versions.map(({ directory }) => known.get(directory) ?? {});
}

/** Without a pointer, or with a broken one, nothing is known; the commands that need it say why. */
async function cachedOrUnknown(directory: string, objects: string, context: PluginContext): Promise<VersionFacts> {
  try {
    const pointer = await readPointer(directory, context);
    if (pointer === undefined) return {};
    return { cached: (await lookIntoCache(pointer, objects)).complete };
  } catch {
    return {};
  }
}
