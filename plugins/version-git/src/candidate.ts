import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import { type Entry, indexInfo } from './entries.ts';
import { type Repository, reader } from './repository.ts';
import { git } from './run-git.ts';
import type { GitSettings } from './settings.ts';
import { runUserHook } from './user-hooks.ts';

export interface CandidateRequest {
  readonly transaction: string;
  readonly message: string;
  readonly entries: readonly Entry[];
  /** What it is based on; `null` before the first commit. */
  readonly base: string | null;
  /** Whether a commit is wanted even where it changes nothing. */
  readonly always: boolean;
  readonly settings: Pick<GitSettings, 'sign' | 'signOff'>;
}

/**
 * Builds a commit object that nothing refers to yet, from a temporary index: the work tree, the
 * user's index and every ref stay as they are. The user's hooks see it as `git commit` shows it.
 * @returns its id; `null` where there is nothing to commit
 * @throws SNAPKEEP_GIT_FAILED, also where a hook fails
 */
export async function buildCandidate(
  request: CandidateRequest,
  repository: Repository,
  context: PluginContext,
): Promise<string | null> {
  const stem = join(repository.gitDir, `snapkeep-${process.pid}-${randomUUID()}`);
  const where = { repository, indexFile: `${stem}.index` };
  const messageFile = `${stem}.msg`;
  const run = { cwd: repository.top, indexFile: where.indexFile };
  try {
    await git(['read-tree', request.base ?? '--empty'], run, context);
    await git(
      ['update-index', '--add', '--replace', '-z', '--index-info'],
      { ...run, input: indexInfo(request.entries) },
      context,
    );
    const tree = (await git(['write-tree'], run, context)).trim();
    if (!request.always && request.base !== null && tree === (await treeOf(request.base, context))) return null;

    await runUserHook('pre-commit', [], where, context);
    await refuseChanges(tree, run, context);
    await writeFile(messageFile, await withTrailers(request.message, request, repository, context));
    await runUserHook('prepare-commit-msg', [messageFile, 'message'], where, context);
    await runUserHook('commit-msg', [messageFile], where, context);
    const message = await readFile(messageFile, 'utf8');
    if (message.trim() === '') {
      throw new SnapkeepError('SNAPKEEP_GIT_FAILED', 'A commit-msg hook of the repository left the message empty.');
    }
    // A hook may have rewritten the message; recovery finds the commit by this trailer.
    const final = await withTrailers(message, request, repository, context);
    return await commitTree(tree, final, request, repository, context);
  } finally {
    for (const file of [where.indexFile, `${where.indexFile}.lock`, messageFile]) await rm(file, { force: true });
  }
}

async function treeOf(commit: string, context: PluginContext): Promise<string> {
  return reader(context).raw(['rev-parse', '--verify', `${commit}^{tree}`]);
}

/** What is committed must be what was hashed and tracked: a hook that rewrites it is refused, by name of the file. */
async function refuseChanges(
  tree: string,
  run: { cwd: string; indexFile: string },
  context: PluginContext,
): Promise<void> {
  const now = (await git(['write-tree'], run, context)).trim();
  if (now === tree) return;
  const changed = await git(['diff-tree', '-r', '-z', '--name-only', tree, now], run, context);
  const paths = changed.split('\0').filter((path) => path !== '');
  throw new SnapkeepError(
    'SNAPKEEP_GIT_FAILED',
    `The repository’s pre-commit hook changed what was to be committed: ${shorten(paths.join(', '), 200)}`,
    { hint: 'Exclude the snapshots’ folder from that hook.', details: { paths } },
  );
}

async function withTrailers(
  message: string,
  { transaction, settings }: CandidateRequest,
  repository: Repository,
  context: PluginContext,
): Promise<string> {
  const signedOff = settings.signOff ? [`Signed-off-by: ${await committer(repository, context)}`] : [];
  const trailers = [`Snapshot-Tx: ${transaction}`, ...signedOff].flatMap((trailer) => ['--trailer', trailer]);
  const rules = ['--no-divider', '--if-exists', 'addIfDifferent', '--if-missing', 'add', '--where', 'end'];
  const input = `${message.trim()}\n`;
  return git(['interpret-trailers', ...rules, ...trailers], { cwd: repository.top, input }, context);
}

/** Name and address, as `git commit --signoff` writes them. */
async function committer(repository: Repository, context: PluginContext): Promise<string> {
  const ident = await git(['var', 'GIT_COMMITTER_IDENT'], { cwd: repository.top }, context);
  return ident.trim().replace(/ \d+ [+-]\d+$/, '');
}

async function commitTree(
  tree: string,
  message: string,
  { base, settings }: CandidateRequest,
  repository: Repository,
  context: PluginContext,
): Promise<string> {
  const sign = settings.sign ?? (await signsByDefault(context));
  const signing = typeof sign === 'string' ? [`-S${sign}`] : sign ? ['-S'] : [];
  const args = ['commit-tree', tree, ...(base === null ? [] : ['-p', base]), ...signing, '-F', '-'];
  return (await git(args, { cwd: repository.top, input: message }, context)).trim();
}

async function signsByDefault(context: PluginContext): Promise<boolean> {
  return (await reader(context).raw(['config', '--type=bool', '--default=false', 'commit.gpgsign'])) === 'true';
}
