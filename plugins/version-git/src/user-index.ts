import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginContext } from '@snapkeep/sdk';
import { type Entry, indexInfo } from './entries.ts';
import type { Head, Repository } from './repository.ts';
import { lastLine, tryGit } from './run-git.ts';

const ATTEMPTS = 20;
const PAUSE_MS = 150;

/**
 * Brings our paths, and only these, in the user's own index to what was just committed, so that
 * `git status` has nothing to say about them. The commit has happened: what fails here is a warning.
 */
export async function refreshUserIndex(
  entries: readonly Entry[],
  head: Head,
  repository: Repository,
  context: PluginContext,
): Promise<void> {
  const run = { cwd: repository.top, abort: 'never' } as const;
  const here = await tryGit(['symbolic-ref', '--quiet', 'HEAD'], run, context);
  if (here.stdout.trim() !== head.ref) {
    context.log.warn(`Another branch was checked out meanwhile: the version was committed to ${head.ref}.`);
    return;
  }
  let failure = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const answer = await tryGit(
      ['update-index', '--add', '--replace', '-z', '--index-info'],
      { ...run, input: indexInfo(entries) },
      context,
    );
    if (answer.ok) {
      const files = entries.filter(({ kind }) => kind === 'file');
      await refreshStat(
        files.map(({ path }) => path),
        run,
        context,
      );
      return;
    }
    failure = answer.stderr;
    // Once more, whatever it was: nobody comes back to it.
    if (attempt > 0 && !/\.lock': File exists/.test(failure)) break;
    await sleep(PAUSE_MS);
  }
  context.log.warn(
    `The version is committed, but git’s index could not be refreshed (${lastLine(failure)}). git reset -q -- data puts it right.`,
  );
}

/** Lets the index know size and time of these files and links, so that the next `git diff` need not read them. */
export async function refreshStat(
  paths: readonly string[],
  run: { readonly cwd: string; readonly abort: 'never' },
  context: PluginContext,
): Promise<void> {
  if (paths.length === 0) return;
  const args = ['--literal-pathspecs', 'add', '--refresh', '--pathspec-from-file=-', '--pathspec-file-nul'];
  const answer = await tryGit(args, { ...run, input: paths.join('\0') }, context);
  if (!answer.ok) context.log.debug(`git add --refresh: ${lastLine(answer.stderr)}`);
}
