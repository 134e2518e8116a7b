import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import type { Repository } from './repository.ts';
import { lastLine, tryGit } from './run-git.ts';

export type UserHook = 'pre-commit' | 'prepare-commit-msg' | 'commit-msg' | 'post-commit';

/** So many of a failed hook's lines go into the error. */
const LINES_KEPT = 5;

/**
 * Runs a hook of the user's repository as `git commit` would, where there is one.
 * @throws SNAPKEEP_GIT_FAILED with the hook's last lines
 */
export async function runUserHook(
  name: UserHook,
  args: readonly string[],
  where: { readonly repository: Repository; readonly indexFile: string },
  context: PluginContext,
): Promise<void> {
  const answer = await tryGit(
    ['hook', 'run', '--ignore-missing', name, ...(args.length === 0 ? [] : ['--', ...args])],
    { cwd: where.repository.top, indexFile: where.indexFile, abort: 'group' },
    context,
  );
  const output = `${answer.stdout}${answer.stderr}`;
  if (answer.ok) {
    if (output.trim() !== '') context.log.verbose(`${name}: ${lastLine(output)}`);
    return;
  }
  const lines = output.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  throw new SnapkeepError(
    'SNAPKEEP_GIT_FAILED',
    `The repository’s ${name} hook refused the commit: ${lastLine(output)}`,
    {
      hint: 'Correct what the hook complains about, then run the command again.',
      details: { hook: name, output: lines.slice(-LINES_KEPT) },
    },
  );
}
