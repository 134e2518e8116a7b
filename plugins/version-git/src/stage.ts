import { type EventPayloads, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { indexInfo, writeEntries } from './entries.ts';
import { openRepository } from './repository.ts';
import { gitFailed, tryGit } from './run-git.ts';
import { refreshStat } from './user-index.ts';

/**
 * Exactly these paths become those of the user's index, decided where they were in conflict.
 * @throws SNAPKEEP_GIT_STATE where another git holds the index, SNAPKEEP_GIT_FAILED, SNAPKEEP_STORAGE_FULL
 */
export async function stagePaths(
  { paths }: EventPayloads['version:stage'],
  context: PluginContext,
): Promise<{ readonly staged: number }> {
  const repository = await openRepository(context);
  const entries = await writeEntries(paths, repository, context);
  const answer = await tryGit(
    ['update-index', '--add', '--replace', '-z', '--index-info'],
    { cwd: repository.top, abort: 'never', input: indexInfo(entries) },
    context,
  );
  if (answer.ok) {
    // Without it `git merge --abort` refuses: it takes them for changed since.
    await refreshStat(
      entries.map(({ path }) => path),
      { cwd: repository.top, abort: 'never' },
      context,
    );
    return { staged: entries.length };
  }
  if (/\.lock': File exists/.test(answer.stderr)) {
    throw new SnapkeepError('SNAPKEEP_GIT_STATE', `Another git holds ${repository.indexFile}.lock.`, {
      hint: 'Wait until it has ended; if none is running, remove the file and run the command again.',
      details: { lock: `${repository.indexFile}.lock` },
    });
  }
  throw gitFailed('git update-index', answer.stderr);
}
