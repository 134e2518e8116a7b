import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import type { Repository } from './repository.ts';
import { lastLine, tryGit } from './run-git.ts';

export type UserHook = 'pre-commit' | 'prepare-commit-msg' | 'commit-msg' | 'post-commit';

/** So many of a failed hook's lines go into the error. */
const LINES_KEPT = 5;

/** Where hooks are, and which index they see. */
export interface HookPlace {
  readonly repository: Repository;
  readonly indexFile: string;
  /** Whether git's configuration names hooks too; then only git knows which there are. */
  readonly configured: boolean;
}

/**
 * Runs a hook of the user's repository as `git commit` would, where there is one.
 * @returns whether it ran
 * @throws SNAPKEEP_GIT_FAILED with the hook's last lines
 */
export async function runUserHook(
  name: UserHook,
  args: readonly string[],
  where: HookPlace,
  context: PluginContext,
): Promise<boolean> {
  if (!where.configured && !(await exists(join(where.repository.hooks, name)))) return false;
  const answer = await tryGit(
    ['hook', 'run', '--ignore-missing', name, ...(args.length === 0 ? [] : ['--', ...args])],
    { cwd: where.repository.top, indexFile: where.indexFile, abort: 'group' },
    context,
  );
  const output = `${answer.stdout}${answer.stderr}`;
  if (answer.ok) {
    if (output.trim() !== '') context.log.verbose(`${name}: ${lastLine(output)}`);
    return true;
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

/** Also one that git ignores because it can't be executed: git then says so. */
async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
