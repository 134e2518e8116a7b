import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import type { CommitRules } from './commit-rules.ts';
import { type Entry, indexInfo } from './entries.ts';
import { withoutTime } from './identity.ts';
import type { Repository } from './repository.ts';
import { askGit, type GitRun, git } from './run-git.ts';
import type { GitSettings } from './settings.ts';
import { type HookPlace, runUserHook } from './user-hooks.ts';

export interface CandidateRequest {
  readonly transaction: string;
  readonly message: string;
  readonly entries: readonly Entry[];
  /** What it is based on; `null` before the first commit. */
  readonly base: string | null;
  /** Whether a commit is wanted even where it changes nothing. */
  readonly always: boolean;
  readonly settings: Pick<GitSettings, 'sign' | 'signOff'>;
  readonly rules: CommitRules;
  /** Name, address and time as `git var GIT_COMMITTER_IDENT` gives them. */
  readonly committer: string;
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
  const where = { repository, indexFile: `${stem}.index`, configured: request.rules.hooksConfigured };
  const messageFile = `${stem}.msg`;
  const run = { cwd: repository.top, indexFile: where.indexFile };
  try {
    const [tree, message] = await Promise.all([
      writeTree(request, run, context),
      withTrailers(request.message, request, repository, context),
    ]);
    if (!request.always && request.base !== null && tree === (await treeOf(request.base, context))) return null;

    if (await runUserHook('pre-commit', [], where, context)) await refuseChanges(tree, run, context);
    const final = await throughMessageHooks(message, messageFile, where, request, context);
    return await commitTree(tree, final, request, repository, context);
  } finally {
    for (const file of [where.indexFile, `${where.indexFile}.lock`, messageFile]) await rm(file, { force: true });
  }
}

/** The base's tree with our entries, and the temporary index that holds it. @returns its id */
async function writeTree({ base, entries }: CandidateRequest, run: GitRun, context: PluginContext): Promise<string> {
  await git(['read-tree', base ?? '--empty'], run, context);
  const args = ['update-index', '--add', '--replace', '-z', '--index-info'];
  await git(args, { ...run, input: indexInfo(entries) }, context);
  return (await git(['write-tree'], run, context)).trim();
}

/** The message as the user's hooks leave it. */
async function throughMessageHooks(
  message: string,
  file: string,
  where: HookPlace,
  request: CandidateRequest,
  context: PluginContext,
): Promise<string> {
  await writeFile(file, message);
  const prepared = await runUserHook('prepare-commit-msg', [file, 'message'], where, context);
  const checked = await runUserHook('commit-msg', [file], where, context);
  if (!prepared && !checked) return message;
  const text = await readFile(file, 'utf8');
  if (text.trim() === '') {
    throw new SnapkeepError('SNAPKEEP_GIT_FAILED', 'A commit-msg hook of the repository left the message empty.');
  }
  // A hook may have rewritten the message; recovery finds the commit by this trailer.
  return withTrailers(text, request, where.repository, context);
}

async function treeOf(commit: string, context: PluginContext): Promise<string> {
  return askGit(['rev-parse', '--verify', `${commit}^{tree}`], context);
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
  { transaction, settings, committer }: CandidateRequest,
  repository: Repository,
  context: PluginContext,
): Promise<string> {
  const signedOff = settings.signOff ? [`Signed-off-by: ${withoutTime(committer)}`] : [];
  const trailers = [`Snapshot-Tx: ${transaction}`, ...signedOff].flatMap((trailer) => ['--trailer', trailer]);
  const rules = ['--no-divider', '--if-exists', 'addIfDifferent', '--if-missing', 'add', '--where', 'end'];
  const input = `${message.trim()}\n`;
  return git(['interpret-trailers', ...rules, ...trailers], { cwd: repository.top, input }, context);
}

async function commitTree(
  tree: string,
  message: string,
  { base, settings, rules }: CandidateRequest,
  repository: Repository,
  context: PluginContext,
): Promise<string> {
  const sign = settings.sign ?? rules.signs;
  const signing = typeof sign === 'string' ? [`-S${sign}`] : sign ? ['-S'] : [];
  const args = ['commit-tree', tree, ...(base === null ? [] : ['-p', base]), ...signing, '-F', '-'];
  return (await git(args, { cwd: repository.top, input: message }, context)).trim();
}
