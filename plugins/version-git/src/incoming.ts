import { relative } from 'node:path/posix';
import { type Incoming, isSnapkeepError, type PluginContext } from '@snapkeep/sdk';
import { openRepository, type Repository, readRef } from './repository.ts';
import { git } from './run-git.ts';
import { underWay } from './under-way.ts';

const NOTHING: Incoming = { operation: null, commit: null, before: null, conflicts: [] };

/** The other side of a merge, a rebase or a cherry-pick that stopped. Without a repository there is none. */
export async function incoming(context: PluginContext): Promise<Incoming> {
  const repository = await openRepository(context).catch((error: unknown) => {
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_GIT_NO_REPOSITORY') return undefined;
    throw error;
  });
  if (!repository) return NOTHING;
  const conflicts = await unmerged(repository, context);
  switch (await underWay(repository)) {
    case 'a merge':
      return { operation: 'merge', commit: await readRef('MERGE_HEAD', context), before: null, conflicts };
    case 'a rebase':
      return picked('rebase', 'REBASE_HEAD', conflicts, context);
    case 'a cherry-pick':
      return picked('cherry-pick', 'CHERRY_PICK_HEAD', conflicts, context);
    default:
      return { ...NOTHING, conflicts };
  }
}

async function picked(
  operation: 'rebase' | 'cherry-pick',
  ref: string,
  conflicts: readonly string[],
  context: PluginContext,
): Promise<Incoming> {
  const commit = await readRef(ref, context);
  if (commit === null) return { ...NOTHING, conflicts };
  return { operation, commit, before: await readRef(`${ref}^`, context), conflicts };
}

async function unmerged({ top, prefix }: Repository, context: PluginContext): Promise<readonly string[]> {
  const entries = (await git(['ls-files', '--unmerged', '-z'], { cwd: top }, context)).split('\0');
  const paths = new Set(entries.flatMap((entry) => /^\d+ [0-9a-f]+ \d\t(.+)$/s.exec(entry)?.[1] ?? []));
  return [...paths].map((path) => relative(`/${prefix}`, `/${path}`));
}
