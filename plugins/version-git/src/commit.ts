import { type EventPayloads, messageOf, type NewTag, type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import { buildCandidate } from './candidate.ts';
import { readCommitRules } from './commit-rules.ts';
import { type Entry, writeEntries } from './entries.ts';
import { standing } from './findings.ts';
import { moveRefs, writeTagObjects } from './refs.ts';
import { type Repository, readHead } from './repository.ts';
import { git } from './run-git.ts';
import { readSettings, withTemplate } from './settings.ts';
import { type HookPlace, runUserHook } from './user-hooks.ts';
import { refreshUserIndex } from './user-index.ts';

/** So often the commit is built anew because somebody else committed meanwhile: a night's exports may all end at once. */
const ATTEMPTS = 20;

/**
 * One commit that holds exactly the given paths, and the versions' tags, or nothing at all.
 *
 * Work tree and index are not used on the way: what the user changed or staged stays so. The commit
 * point is one transaction of refs; afterwards the user's index learns of our paths.
 * @throws SNAPKEEP_GIT_MISSING, SNAPKEEP_GIT_NO_REPOSITORY, SNAPKEEP_GIT_STATE, SNAPKEEP_GIT_FAILED,
 *   SNAPKEEP_PATH_UNSAFE, SNAPKEEP_STORAGE_FULL: then branch, tags and index are as they were
 */
export async function commitVersions(
  request: EventPayloads['version:commit'],
  context: PluginContext,
): Promise<{ readonly commit: string; readonly tags: readonly string[] }> {
  const settings = readSettings(context);
  const { repository, head: first, committer } = await standing(context);
  const [entries, rules] = await Promise.all([
    writeEntries(request.paths, repository, context),
    readCommitRules(context),
  ]);
  const tags = request.versions.map(({ tag }) => tag);
  const { message: template } = settings;
  const message =
    request.versions.length > 0 && template
      ? withTemplate(template, request.message, request.versions)
      : request.message;
  let head = first;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (head.commit !== first.commit) await refuseOverlap(first.commit, head.commit, entries, repository, context);
    const { transaction } = request;
    const always = request.versions.length > 0;
    const commit = await buildCandidate(
      { transaction, message, entries, base: head.commit, always, settings, rules, committer },
      repository,
      context,
    );
    if (commit === null && head.commit !== null) {
      context.log.verbose('Nothing to commit: all files are in git as they are.');
      await refreshUserIndex(entries, head, repository, context);
      return { commit: head.commit, tags: [] };
    }
    if (commit === null) throw new SnapkeepError('SNAPKEEP_GIT_FAILED', 'There is nothing to commit.');
    const named = request.versions.map(({ tag, message: text }): NewTag => ({ name: tag, commit, message: text }));
    const ids = await writeTagObjects(named, committer, repository, context);
    const move = {
      head,
      commit,
      tags: tags.map((tag, index) => ({ tag, id: ids[index] ?? '' })),
      reason: shorten(message.split('\n')[0] ?? ''),
    };
    if ((await moveRefs(move, repository, context)) === 'moved') {
      await refreshUserIndex(entries, head, repository, context);
      await afterCommit({ repository, indexFile: repository.indexFile, configured: rules.hooksConfigured }, context);
      return { commit, tags };
    }
    context.log.verbose(`Somebody else committed to ${head.ref} meanwhile: the commit is built anew (${attempt}).`);
    head = await readHead(context);
  }
  throw new SnapkeepError('SNAPKEEP_GIT_FAILED', `${head.ref} moved ${ATTEMPTS} times while the commit was made.`, {
    hint: 'Run the command again when less is being committed.',
  });
}

/** What somebody else just committed must not be undone by our older contents. */
async function refuseOverlap(
  before: string | null,
  after: string | null,
  entries: readonly Entry[],
  repository: Repository,
  context: PluginContext,
): Promise<void> {
  if (after === null) throw new SnapkeepError('SNAPKEEP_GIT_STATE', 'The branch disappeared meanwhile.');
  const run = { cwd: repository.top };
  const old = before ?? (await git(['mktree'], run, context)).trim();
  const changed = (await git(['diff-tree', '-r', '-z', '--name-only', old, after], run, context)).split('\0');
  const ours = new Set(entries.map(({ path }) => path));
  const path = changed.find((candidate) => ours.has(candidate));
  if (path === undefined) return;
  throw new SnapkeepError('SNAPKEEP_GIT_FAILED', `Somebody else committed a change of ${shorten(path)} meanwhile.`, {
    hint: 'Look at it with git log, then run the command again.',
    details: { path },
  });
}

/** As in git: what this hook says changes nothing any more. */
async function afterCommit(where: HookPlace, context: PluginContext): Promise<void> {
  try {
    await runUserHook('post-commit', [], where, context);
  } catch (error) {
    context.log.warn(`The version is committed, but: ${messageOf(error)}`);
  }
}
