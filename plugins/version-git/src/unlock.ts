import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DeadRun, isSnapkeepError, type PluginContext } from '@snapkeep/sdk';
import { openRepository, type Repository } from './repository.ts';
import { askGit } from './run-git.ts';

/** A git that outlived the run that started it ends within this time. */
const PATIENCE_MS = 3000;
const PAUSE_MS = 100;

/**
 * Removes locks that a git of a killed run left: of the branch, of HEAD, of the dataset's tags, of packed refs and of
 * the index, and our own temporary files. Only where they came after the run began and no git works in the repository.
 * @returns what was removed, relative to the git folder
 */
export async function unlock(run: DeadRun, context: PluginContext): Promise<readonly string[]> {
  const repository = await openRepository(context).catch((error: unknown) => {
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_GIT_NO_REPOSITORY') return undefined;
    throw error;
  });
  if (repository === undefined) return [];
  const left = await youngerThan(Date.parse(run.startedAt), await locksOf(run, repository, context));
  if (left.length === 0 || !(await nobodyWorks(repository))) return [];
  for (const path of left) await rm(path, { force: true });
  return left.map((path) => relative(repository.gitDir, path));
}

async function locksOf(run: DeadRun, repository: Repository, context: PluginContext): Promise<readonly string[]> {
  const refs = [...(run.branch === null ? [] : [`refs/heads/${run.branch}.lock`]), 'HEAD.lock', 'packed-refs.lock'];
  const names = [...refs, `refs/tags/${run.dataset}`].flatMap((name) => ['--git-path', name]);
  const paths = (await askGit(['rev-parse', '--path-format=absolute', ...names], context)).split('\n');
  const tags = paths.pop() ?? '';
  const tagLocks = (await namesIn(tags)).filter((name) => name.endsWith('.lock')).map((name) => join(tags, name));
  const ours = (await namesIn(repository.gitDir))
    .filter((name) => name.startsWith(`snapkeep-${run.pid}-`))
    .map((name) => join(repository.gitDir, name));
  return [...paths, ...tagLocks, `${repository.indexFile}.lock`, ...ours];
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** Those that are there and were made since; a second is what a coarse clock of a file system may be off. */
async function youngerThan(sinceMs: number, paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)));
  return paths.filter((_, index) => (found[index]?.mtimeMs ?? Number.NEGATIVE_INFINITY) >= sinceMs - 1000);
}

/** git holds the lock of a ref without keeping the file open: what counts is whether any git works in the repository. */
async function nobodyWorks({ top, gitDir }: Repository): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const working = await gitWorksIn([top, dirname(gitDir), gitDir]);
    if (working === undefined) return false;
    if (!working) return true;
    if (Date.now() > deadline) return false;
    await sleep(PAUSE_MS);
  }
}

/** `undefined` where the system doesn't tell: only Linux has /proc. */
async function gitWorksIn(folders: readonly string[]): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // Processes end while they are looked at.
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (!/^git\b/.test(name)) continue;
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (folders.some((known) => folder === known || folder.startsWith(`${known}/`))) return true;
  }
  return false;
}
