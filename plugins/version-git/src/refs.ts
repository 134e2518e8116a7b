import { escapeControls, type NewTag, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { type Head, type Repository, readRef } from './repository.ts';
import { askGit, git, gitFailed, lastLine, tryGit } from './run-git.ts';

/** @throws SNAPKEEP_GIT_FAILED where one of the tags is there already */
export async function refuseExistingTags(tags: readonly string[], context: PluginContext): Promise<void> {
  if (tags.length === 0) return;
  const refs = tags.map((tag) => `refs/tags/${tag}`);
  const found = await askGit(['for-each-ref', '--format=%(refname)', ...refs], context);
  const existing = found.split('\n').find((ref) => refs.includes(ref));
  if (existing === undefined) return;
  const tag = existing.slice('refs/tags/'.length);
  throw new SnapkeepError('SNAPKEEP_GIT_FAILED', `The tag ${tag} exists already.`, {
    hint: `Look at it with git show ${tag}; if it is not a version of the dataset, rename it.`,
    details: { tag },
  });
}

/**
 * Writes the annotated tags' objects; no ref names them yet. @returns their ids in the same order
 * @param tagger - name, address and time as `git var GIT_COMMITTER_IDENT` gives them
 */
export async function writeTagObjects(
  tags: readonly NewTag[],
  tagger: string,
  repository: Repository,
  context: PluginContext,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const { name, commit, message } of tags) {
    const head = `object ${commit}\ntype commit\ntag ${name}\ntagger ${tagger}\n`;
    const input = `${head}\n${escapeControls(message)}\n`;
    ids.push((await git(['mktag'], { cwd: repository.top, input }, context)).trim());
  }
  return ids;
}

export interface RefMove {
  readonly head: Head;
  readonly commit: string;
  readonly tags: readonly { readonly tag: string; readonly id: string }[];
  /** One line for the reflog. */
  readonly reason: string;
}

/**
 * The commit point: one transaction that moves the branch from where it was (compare and swap) and
 * creates all tags, or does nothing. The branch comes first, so that a tag never names what no branch has.
 * @returns `moved`, or `elsewhere` where the branch is not at `head` any more
 * @throws SNAPKEEP_GIT_FAILED, also where a tag exists; SNAPKEEP_GIT_STATE where a ref's lock is held
 */
export async function moveRefs(
  move: RefMove,
  repository: Repository,
  context: PluginContext,
): Promise<'moved' | 'elsewhere'> {
  const lines = [
    'start',
    `update ${move.head.ref} ${move.commit} ${move.head.commit ?? repository.zeroId}`,
    ...move.tags.map(({ tag, id }) => `create refs/tags/${tag} ${id}`),
    'prepare',
    'commit',
  ];
  const input = `${lines.join('\n')}\n`;
  const args = ['update-ref', '-m', `snapkeep: ${escapeControls(move.reason)}`, '--stdin'];
  context.signal.throwIfAborted();
  const answer = await tryGit(args, { cwd: repository.top, input, abort: 'never' }, context);
  if (answer.ok) return 'moved';
  // git renames one ref after the other: what counts is where the branch is, which comes first.
  const now = await readRef(move.head.ref, context);
  if (now === move.commit) {
    await makeMissingTags(move, repository, context);
    return 'moved';
  }
  if (now !== move.head.commit) return 'elsewhere';
  if (/Unable to create '.*\.lock': File exists/.test(answer.stderr)) {
    throw new SnapkeepError('SNAPKEEP_GIT_STATE', `Another git holds a lock of ${move.head.ref} or of a tag.`, {
      hint: 'Wait until it has ended; if none is running, remove the .lock file that git names.',
      details: { git: answer.stderr.trim() },
    });
  }
  await refuseExistingTags(
    move.tags.map(({ tag }) => tag),
    context,
  );
  throw gitFailed('git update-ref', answer.stderr);
}

/** The commit stands: a tag that can't be made is a warning. */
async function makeMissingTags({ tags }: RefMove, repository: Repository, context: PluginContext): Promise<void> {
  for (const { tag, id } of tags) {
    const ref = `refs/tags/${tag}`;
    if ((await readRef(ref, context)) !== null) continue;
    const run = { cwd: repository.top, abort: 'never' } as const;
    const answer = await tryGit(['update-ref', ref, id, repository.zeroId], run, context);
    if (answer.ok) continue;
    const [dataset] = tag.split('/');
    context.log.warn(
      `The version is committed, but git could not make its tag ${tag} (${lastLine(answer.stderr)}). snapkeep version tag ${dataset} --restore makes it.`,
    );
  }
}
