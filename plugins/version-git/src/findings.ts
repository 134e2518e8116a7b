import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, type ErrorCode, isSnapkeepError, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { readIdentity, withoutTime } from './identity.ts';
import { porcelain } from './porcelain.ts';
import { type Head, openWithHead, type Repository, readHead } from './repository.ts';
import { git } from './run-git.ts';
import { type GitSettings, readSettings } from './settings.ts';
import { underWay } from './under-way.ts';

/** The first git with `git hook run`. */
const OLDEST: readonly [number, number] = [2, 36];

/** How long another git may hold the index before we call it held: an editor's `git status` takes less. */
const INDEX_LOCK_PATIENCE_MS = 1500;

interface Finding extends Check {
  readonly code?: ErrorCode;
}

/** What a commit needs to know of where it goes. */
export interface Standing {
  readonly repository: Repository;
  readonly head: Head;
  /** Name, address and time as `git var GIT_COMMITTER_IDENT` gives them. */
  readonly committer: string;
}

/** One thing that must hold before a version can be recorded, with what was found, for `doctor`. */
type Examination = readonly [name: string, found: Promise<string>];

interface Inquiry {
  /** In the order in which one thing needs the other; all are under way at once. */
  readonly examinations: readonly Examination[];
  readonly standing: Promise<Standing>;
}

function inquire({ branch }: GitSettings, context: PluginContext): Inquiry {
  const place = openWithHead(context);
  const repository = place.then((found) => found.repository);
  const head = place.then((found) => found.head ?? readHead(context));
  const committer = readIdentity(context);
  const examinations: Examination[] = [
    ['git', examineGit(context)],
    ['git repository', repository.then(({ top }) => `work tree ${top}`)],
    ['git branch', head.then(({ ref }) => examineBranch(ref, branch))],
    ['git identity', committer.then(withoutTime)],
    ['git index', repository.then(examineIndex)],
    ['git state', repository.then(examineState)],
  ];
  const standing = (async () => {
    for (const [, found] of examinations) await found;
    return { repository: await repository, head: await head, committer: await committer };
  })();
  // Whoever asks awaits them one after the other, and may stop at the first that fails.
  for (const promise of [head, standing, ...examinations.map(([, found]) => found)]) promise.catch(() => undefined);
  return { examinations, standing };
}

/** What `doctor` shows. What needs a repository is left out where there is none. */
export async function findings(context: PluginContext): Promise<readonly Finding[]> {
  const settings = readSettings(context);
  if (!settings.commit) return [{ name: 'git', ok: true, message: 'commits nothing (plugins.git.commit is false)' }];
  const tree = describeTree(context);
  tree.catch(() => undefined);
  const found: Finding[] = [];
  for (const [name, examined] of inquire(settings, context).examinations) {
    try {
      found.push({ name, ok: true, message: await examined });
    } catch (error) {
      if (!isSnapkeepError(error) || context.signal.aborted) throw error;
      const { code, message, hint } = error;
      found.push({ name, ok: false, message, hint, code });
      if (code === 'SNAPKEEP_GIT_MISSING' || name === 'git repository') return found;
    }
  }
  return [...found, { name: 'git work tree', ok: true, message: await tree }];
}

/** Throws the first thing that keeps a version from being recorded. */
export async function preflight(context: PluginContext): Promise<void> {
  if (readSettings(context).commit) await standing(context);
}

/** The same for a commit that begins now. */
export function standing(context: PluginContext): Promise<Standing> {
  return inquire(readSettings(context), context).standing;
}

/** git's answer, by the PATH on which it was found: it stays the same as long as we run. */
const versions = new Map<string | undefined, string>();

async function examineGit(context: PluginContext): Promise<string> {
  const { PATH } = context.env;
  const answer = versions.get(PATH) ?? (await git(['--version'], { cwd: context.root }, context)).trim();
  versions.set(PATH, answer);
  const version = answer.replace(/^git version /, '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new SnapkeepError('SNAPKEEP_GIT_MISSING', `git ${version} is too old.`);
  }
  return `git ${version}`;
}

/**
 * Versions go to the branch that is checked out, and to no other: `latest`, the register and the pointers in the work tree
 * are those of that branch.
 */
function examineBranch(ref: string, wanted: string | undefined): string {
  const branch = ref.slice('refs/heads/'.length);
  if (wanted === undefined || wanted === branch) return `on ${branch}`;
  throw new SnapkeepError('SNAPKEEP_GIT_STATE', `HEAD is on ${branch}; versions are recorded on ${wanted} only.`, {
    hint: `git switch ${wanted}, or change plugins.git.branch in the configuration.`,
    details: { branch, wanted },
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
  const files = await porcelain(context, async (git) => (await git.status()).files.length);
  return files === 0 ? 'clean' : `${files} changed or new files, which versions leave as they are`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
