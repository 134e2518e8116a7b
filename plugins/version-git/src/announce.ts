import { type EventPayloads, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { porcelain } from './porcelain.ts';
import { openRepository, type Repository, readHead } from './repository.ts';
import { askGit, gitFailed, tryGit } from './run-git.ts';

/**
 * Pushes the branch and those of the tags that are here, all or nothing.
 * @throws SNAPKEEP_GIT_STATE, SNAPKEEP_GIT_FAILED
 */
export async function announceVersions(
  { tags, remote: wanted }: EventPayloads['version:announce'],
  context: PluginContext,
): Promise<{ readonly remote: string; readonly branch: string; readonly tags: number }> {
  const repository = await openRepository(context);
  const head = await readHead(context);
  const branch = head.ref.slice('refs/heads/'.length);
  const { remote, upstream } = await destination(branch, wanted, context);
  const refs = await existingTags(tags, context);
  const push = (some: readonly string[]) => {
    const specs = [`${head.ref}:${upstream}`, ...some.map((ref) => `${ref}:${ref}`)];
    const args = ['push', '--atomic', '--porcelain', '--', remote, ...specs];
    return tryGit(args, { cwd: repository.top, abort: 'group' }, context);
  };
  let answer = await push(refs);
  if (!answer.ok && answer.stdout.includes('(already exists)')) {
    const same = await sameThere(refs, remote, repository, context);
    if (same.size > 0) answer = await push(refs.filter((ref) => !same.has(ref)));
  }
  if (!answer.ok) throw pushFailed(remote, answer.stdout, answer.stderr);
  return { remote, branch: upstream.slice('refs/heads/'.length), tags: refs.length };
}

interface Destination {
  readonly remote: string;
  /** Full name of the branch there. */
  readonly upstream: string;
}

/** Where `git push` would send this branch: https://git-scm.com/docs/git-config#Documentation/git-config.txt-remotepushDefault */
async function destination(branch: string, wanted: string | undefined, context: PluginContext): Promise<Destination> {
  const ask = (name: string) => porcelain(context, async (git) => (await git.getConfig(name)).value ?? '');
  const known = await porcelain(context, async (git) => (await git.getRemotes()).map(({ name }) => name));
  const own = await ask(`branch.${branch}.remote`);
  const named = wanted || (await ask(`branch.${branch}.pushRemote`)) || (await ask('remote.pushDefault')) || own;
  const remote = named || (known.length === 1 ? known[0] : known.find((name) => name === 'origin'));
  if (remote === undefined || !known.includes(remote)) {
    throw new SnapkeepError(
      'SNAPKEEP_GIT_FAILED',
      remote === undefined ? 'git has no remote to push to.' : `git has no remote ${remote}.`,
      { hint: 'git remote add origin URL adds one; the data are on the DVC remote already.' },
    );
  }
  const merge = own === remote ? await ask(`branch.${branch}.merge`) : '';
  return { remote, upstream: merge.startsWith('refs/heads/') ? merge : `refs/heads/${branch}` };
}

async function existingTags(tags: readonly string[], context: PluginContext): Promise<readonly string[]> {
  if (tags.length === 0) return [];
  const wanted = new Set(tags.map((tag) => `refs/tags/${tag}`));
  const folders = new Set([...wanted].map((ref) => ref.slice(0, ref.lastIndexOf('/'))));
  const found = await askGit(['for-each-ref', '--format=%(refname)', ...folders], context);
  return found.split('\n').filter((ref) => wanted.has(ref));
}

/**
 * Tags that name the same commit on the remote: one that was made again here is another object, but says the same.
 * @param refs - full names
 */
async function sameThere(
  refs: readonly string[],
  remote: string,
  { top }: Repository,
  context: PluginContext,
): Promise<ReadonlySet<string>> {
  const there = await tryGit(['ls-remote', '--tags', '--', remote], { cwd: top, abort: 'group' }, context);
  const commits = new Map<string, string>();
  for (const line of there.ok ? there.stdout.split('\n') : []) {
    const [id = '', ref = ''] = line.split('\t');
    // The object itself comes before what it names, `refs/tags/v1^{}`.
    commits.set(ref.replace(/\^\{\}$/, ''), id);
  }
  const here = await askGit(['for-each-ref', '--format=%(refname) %(objectname) %(*objectname)', ...refs], context);
  const same = here.split('\n').flatMap((line) => {
    const [ref = '', object = '', peeled = ''] = line.split(' ');
    return commits.get(ref) === (peeled || object) ? [ref] : [];
  });
  return new Set(same);
}

/** `!	refs/heads/main:refs/heads/main	[rejected] (fetch first)`, https://git-scm.com/docs/git-push#_output */
function pushFailed(remote: string, stdout: string, stderr: string): SnapkeepError {
  const rejected = stdout
    .split('\n')
    .filter((line) => line.startsWith('!') && !line.includes('atomic'))
    .map((line) => line.split('\t'));
  const tag = rejected.find(([, refs]) => refs?.startsWith('refs/tags/'))?.[1]?.split(':')[0];
  if (tag !== undefined) {
    const name = tag.slice('refs/tags/'.length);
    return new SnapkeepError('SNAPKEEP_GIT_FAILED', `The git remote ${remote} has another ${name} already.`, {
      hint: `Somebody else made that version too: git fetch ${remote}, and see whose it is (git ls-remote --tags ${remote}).`,
      details: { remote, tag: name },
    });
  }
  if (rejected.some(([, , why]) => /fetch first|non-fast-forward/.test(why ?? ''))) {
    return new SnapkeepError('SNAPKEEP_GIT_FAILED', `The git remote ${remote} has commits that are not here.`, {
      hint: `git pull ${remote} brings them; then run the command again. The data are on the DVC remote already.`,
      details: { remote },
    });
  }
  return gitFailed('git push', stderr, 'The data are on the DVC remote already; branch and tags are as they were.');
}
