import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, type ErrorCode, isSnapkeepError, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { openRepository, type Repository, reader, readHead } from './repository.ts';
import { tryGit } from './run-git.ts';
import { readSettings } from './settings.ts';
import { underWay } from './under-way.ts';

/** The first git with `git hook run`. */
const OLDEST: readonly [number, number] = [2, 36];

/** How long another git may hold the index before we call it held: an editor's `git status` takes less. */
const INDEX_LOCK_PATIENCE_MS = 1500;

interface Finding extends Check {
  readonly code?: ErrorCode;
}

/** One thing that must hold before a version can be recorded. @returns what was found, for `doctor` */
type Examination = readonly [name: string, examine: () => Promise<string>];

/** In the order in which one thing needs the other. */
function examinations(context: PluginContext): readonly Examination[] {
  let opened: Promise<Repository> | undefined;
  const settings = readSettings(context);
  if (!settings.commit) return [['git', async () => 'commits nothing (plugins.git.commit is false)']];
  const repository = (): Promise<Repository> => {
    opened ??= openRepository(context);
    return opened;
  };
  return [
    ['git', () => examineGit(context)],
    ['git repository', async () => `work tree ${(await repository()).top}`],
    ['git branch', () => examineBranch(settings.branch, context)],
    ['git identity', () => examineIdentity(context)],
    ['git index', async () => examineIndex(await repository())],
    ['git state', async () => examineState(await repository())],
  ];
}

/** What `doctor` shows. What needs a repository is left out where there is none. */
export async function findings(context: PluginContext): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const [name, examine] of examinations(context)) {
    try {
      found.push({ name, ok: true, message: await examine() });
    } catch (error) {
      if (!isSnapkeepError(error) || context.signal.aborted) throw error;
      const { code, message, hint } = error;
      found.push({ name, ok: false, message, hint, code });
      if (code === 'SNAPKEEP_GIT_MISSING' || name === 'git repository') return found;
    }
  }
  if (!readSettings(context).commit) return found;
  found.push({ name: 'git work tree', ok: true, message: await describeTree(context) });
  return found;
}

/** Throws the first thing that keeps a version from being recorded. */
export async function preflight(context: PluginContext): Promise<void> {
  for (const [, examine] of examinations(context)) await examine();
}

async function examineGit(context: PluginContext): Promise<string> {
  const version = await reader(context).version();
  if (!version.installed) throw new SnapkeepError('SNAPKEEP_GIT_MISSING', 'git is not found.');
  const [major, minor] = [Number(version.major), Number(version.minor)];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new SnapkeepError('SNAPKEEP_GIT_MISSING', `git ${version} is too old.`);
  }
  return `git ${version}`;
}

/**
 * Versions go to the branch that is checked out, and to no other: `latest`, the register and the pointers in the work tree
 * are those of that branch.
 */
async function examineBranch(wanted: string | undefined, context: PluginContext): Promise<string> {
  const branch = (await readHead(context)).ref.slice('refs/heads/'.length);
  if (wanted === undefined || wanted === branch) return `on ${branch}`;
  throw new SnapkeepError('SNAPKEEP_GIT_STATE', `HEAD is on ${branch}; versions are recorded on ${wanted} only.`, {
    hint: `git switch ${wanted}, or change plugins.git.branch in the configuration.`,
    details: { branch, wanted },
  });
}

async function examineIdentity(context: PluginContext): Promise<string> {
  const ask = (name: string) => tryGit(['var', name], { cwd: context.root }, context);
  const [author, committer] = await Promise.all([ask('GIT_AUTHOR_IDENT'), ask('GIT_COMMITTER_IDENT')]);
  if (author.ok && committer.ok) return committer.stdout.trim().replace(/ \d+ [+-]\d+$/, '');
  throw new SnapkeepError('SNAPKEEP_GIT_STATE', 'git knows no name and address to commit with.', {
    hint: 'Set them with git config user.name and git config user.email.',
  });
}

async function examineIndex(repository: Repository): Promise<string> {
  const lock = `${repository.indexFile}.lock`;
  const deadline = Date.now() + INDEX_LOCK_PATIENCE_MS;
  while (await exists(lock)) {
    if (Date.now() > deadline) {
      throw new SnapkeepError('SNAPKEEP_GIT_STATE', `Another git holds ${lock}.`, {
        hint: 'Wait until it has ended; if none is running, remove the file and run the command again.',
        details: { lock },
      });
    }
    await sleep(50);
  }
  return 'not locked';
}

async function examineState(repository: Repository): Promise<string> {
  const what = await underWay(repository);
  if (what === undefined) return 'nothing under way';
  throw new SnapkeepError('SNAPKEEP_GIT_STATE', `In this repository ${what} is under way.`, {
    hint: 'Finish or abort it with git, then run the command again.',
  });
}

async function describeTree(context: PluginContext): Promise<string> {
  const { files } = await reader(context).status();
  return files.length === 0 ? 'clean' : `${files.length} changed or new files, which versions leave as they are`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
