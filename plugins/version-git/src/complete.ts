import type { CommitPath, EventPayloads, PluginContext } from '@snapkeep/sdk';
import { commitOf } from './commit-of.ts';
import type { Entry } from './entries.ts';
import { openRepository, type Repository, readHead } from './repository.ts';
import { git } from './run-git.ts';
import { changeTags, readTags } from './tags.ts';
import { refreshUserIndex } from './user-index.ts';

/**
 * What follows the commit point, for a run that was killed there: git moves a transaction's refs one after the other, so
 * that the tags may be missing; and the user's index learns of our paths as HEAD holds them. Safe to run again, and
 * after other commits.
 * @throws SNAPKEEP_GIT_MISSING, SNAPKEEP_GIT_NO_REPOSITORY, SNAPKEEP_GIT_STATE, SNAPKEEP_GIT_FAILED
 */
export async function completeCommit(
  { transaction, paths, versions }: EventPayloads['version:commit'],
  context: PluginContext,
): Promise<{ readonly commit: string; readonly tags: readonly string[] } | undefined> {
  const repository = await openRepository(context);
  const head = await readHead(context);
  if (head.commit === null) return undefined;
  const present = await entriesAt(head.commit, paths, repository, context);
  const known = new Set(present.map(({ path }) => path));
  const gone = paths
    .filter(({ kind, path }) => kind === 'removed' && !known.has(repository.prefix + path))
    .map(({ path }): Entry => ({ path: repository.prefix + path, mode: '0', id: repository.zeroId, kind: 'removed' }));
  const entries = [...present, ...gone];
  await refreshUserIndex(entries, head, repository, context);
  return { commit: head.commit, tags: await missingTags(transaction, versions, context) };
}

/** Makes the versions' tags that aren't there, at the transaction's commit. */
async function missingTags(
  transaction: string,
  versions: EventPayloads['version:commit']['versions'],
  context: PluginContext,
): Promise<readonly string[]> {
  if (versions.length === 0) return [];
  const there = new Set((await readTags(context)).map(({ name }) => name));
  const missing = versions.filter(({ tag }) => !there.has(tag));
  const commit = missing.length === 0 ? null : await commitOf(transaction, null, context);
  if (commit === null) return [];
  const create = missing.map(({ tag, message }) => ({ name: tag, commit, message }));
  await changeTags({ create, remove: [] }, context);
  return create.map(({ name }) => name);
}

/** Those of the paths that the commit holds. */
async function entriesAt(
  commit: string,
  paths: readonly CommitPath[],
  repository: Repository,
  context: PluginContext,
): Promise<readonly Entry[]> {
  const full = paths.map(({ path }) => repository.prefix + path);
  const args = ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', commit, '--', ...full];
  const lines = (await git(args, { cwd: repository.top }, context)).split('\0');
  return lines.flatMap((line): Entry[] => {
    const [, mode, id, path] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    if (!mode || !id || !path) return [];
    return [{ mode, id, path, kind: mode === '120000' ? 'link' : 'file' }];
  });
}
