import { isSnapkeepError, type PluginContext, type Revision, type Revisions } from '@snapkeep/sdk';
import { openRepository, type Repository } from './repository.ts';
import { gitFailed, tryGit } from './run-git.ts';

const NOWHERE: Revisions = { matches: [], shallow: false };

/** Never an option, a range, a path of a tree or something that no ref can be called. */
const NAMEABLE = /^(?!-)(?!.*\.\.)[^\s:?*[\\\p{Cc}]+$/u;
const ABBREVIATED = /^[0-9a-f]{4,64}$/i;

/** Tags, branches and commits of that name; where none has it, what git makes of it (`HEAD~2`, `main@{yesterday}`). */
export async function revisions(name: string, context: PluginContext): Promise<Revisions> {
  if (!NAMEABLE.test(name)) return NOWHERE;
  const repository = await openRepository(context).catch((error: unknown) => {
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_GIT_NO_REPOSITORY') return undefined;
    throw error;
  });
  if (!repository) return NOWHERE;
  const named = [...(await refsOf(name, repository, context)), ...(await commitsOf(name, repository, context))];
  const matches = named.length > 0 ? named : await expression(name, repository, context);
  const shallow = (await ask(['rev-parse', '--is-shallow-repository'], repository, context)).trim() === 'true';
  return { matches, shallow };
}

/** @returns the file's text; `null` where the commit lacks it */
export async function fileAt(commit: string, path: string, context: PluginContext): Promise<string | null> {
  const { top, prefix } = await openRepository(context);
  const object = `${commit}:${prefix}${path}`;
  const answer = await tryGit(['cat-file', 'blob', object], { cwd: top }, context);
  if (answer.ok) return answer.stdout;
  const there = await tryGit(['cat-file', '-e', `${commit}^{commit}`], { cwd: top }, context);
  if (there.ok) return null;
  throw gitFailed('git cat-file', answer.stderr);
}

async function ask(args: readonly string[], { top }: Repository, context: PluginContext): Promise<string> {
  const answer = await tryGit(args, { cwd: top }, context);
  return answer.ok ? answer.stdout : '';
}

/** The order in which git itself looks: https://git-scm.com/docs/gitrevisions */
async function refsOf(name: string, repository: Repository, context: PluginContext): Promise<Revision[]> {
  const places = name.startsWith('refs/') ? [name] : ['tags', 'heads', 'remotes'].map((kind) => `refs/${kind}/${name}`);
  const format = '--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)';
  const found = await ask(['for-each-ref', format, ...places], repository, context);
  return found.split('\n').flatMap((line): Revision[] => {
    const [object = '', type, peeled = '', peeledType, ...ref] = line.split(' ');
    const full = ref.join(' ');
    // A pattern also matches what lies below it.
    if (!places.includes(full)) return [];
    const commit = type === 'commit' ? object : peeledType === 'commit' ? peeled : undefined;
    return commit === undefined ? [] : [{ commit, name: full }];
  });
}

async function commitsOf(name: string, repository: Repository, context: PluginContext): Promise<Revision[]> {
  if (!ABBREVIATED.test(name)) return [];
  const objects = await ask(['rev-parse', `--disambiguate=${name.toLowerCase()}`], repository, context);
  const input = objects.trim();
  if (input === '') return [];
  const answer = await tryGit(['cat-file', '--batch-check'], { cwd: repository.top, input: `${input}\n` }, context);
  return answer.stdout.split('\n').flatMap((line): Revision[] => {
    const [id = '', type] = line.split(' ');
    return type === 'commit' ? [{ commit: id, name: id }] : [];
  });
}

async function expression(name: string, repository: Repository, context: PluginContext): Promise<Revision[]> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const commit = (await ask(args, repository, context)).trim();
  return commit === '' ? [] : [{ commit, name: commit }];
}
