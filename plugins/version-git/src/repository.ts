import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { askGit, lastLine, tryGit } from './run-git.ts';

/** The repository that the project lies in. */
export interface Repository {
  /** Absolute path of the work tree. */
  readonly top: string;
  /** Absolute path of the git folder of this work tree. */
  readonly gitDir: string;
  /** From the work tree to the project, with a slash at the end; empty where they are the same. */
  readonly prefix: string;
  /** The user's index: what `git add` changes. */
  readonly indexFile: string;
  /** Absolute path of the folder of the user's hooks, also where `core.hooksPath` moved it. */
  readonly hooks: string;
  /** The object id that stands for "nothing". */
  readonly zeroId: string;
}

export interface Head {
  /** `null` before the first commit. */
  readonly commit: string | null;
  /** Full name, `refs/heads/main`. */
  readonly ref: string;
}

/** What `git rev-parse` is asked of a repository, one line each. */
const QUESTIONS = [
  '--path-format=absolute',
  ...['--show-toplevel', '--absolute-git-dir', '--show-object-format', '--show-prefix'],
  ...['--git-path', 'index', '--git-path', 'hooks'],
];

/** @throws SNAPKEEP_GIT_NO_REPOSITORY, SNAPKEEP_GIT_STATE where git distrusts the folder's owner */
export async function openRepository(context: PluginContext): Promise<Repository> {
  return (await lookAround(QUESTIONS, context)).repository;
}

/**
 * The same with the branch that is checked out, by one question. @throws as `openRepository`
 * @returns no head before the first commit and where none is checked out: ask `readHead` then
 */
export async function openWithHead(
  context: PluginContext,
): Promise<{ readonly repository: Repository; readonly head: Head | undefined }> {
  const { repository, rest } = await lookAround([...QUESTIONS, 'HEAD', '--symbolic-full-name', 'HEAD'], context);
  const [commit = '', ref = ''] = rest;
  return { repository, head: ref.startsWith('refs/heads/') ? { ref, commit } : undefined };
}

async function lookAround(
  questions: readonly string[],
  context: PluginContext,
): Promise<{ readonly repository: Repository; readonly rest: readonly string[] }> {
  const { stdout, stderr } = await tryGit(['rev-parse', ...questions], { cwd: context.root }, context);
  const [top, gitDir, format, prefix, indexFile, hooks, ...rest] = stdout.split('\n');
  if (!top || !gitDir || prefix === undefined || !indexFile || !hooks) throw noRepository(context.root, stderr);
  const repository = { top, gitDir, prefix, indexFile, hooks, zeroId: '0'.repeat(format === 'sha256' ? 64 : 40) };
  return { repository, rest };
}

function noRepository(root: string, stderr: string): SnapkeepError {
  if (stderr.includes('safe.directory')) {
    return new SnapkeepError('SNAPKEEP_GIT_STATE', `The repository around ${root} belongs to another user.`, {
      hint: 'Work as its owner, or name it with git config --global --add safe.directory.',
    });
  }
  return new SnapkeepError('SNAPKEEP_GIT_NO_REPOSITORY', `No git work tree around ${root}: ${lastLine(stderr)}`);
}

/** @throws SNAPKEEP_GIT_STATE where HEAD is detached */
export async function readHead(context: PluginContext): Promise<Head> {
  const ref = await askGit(['symbolic-ref', '--quiet', 'HEAD'], context);
  if (!ref.startsWith('refs/heads/')) {
    throw new SnapkeepError('SNAPKEEP_GIT_STATE', 'HEAD is detached: no branch would keep the new version.', {
      hint: 'git switch to a branch, then run the command again.',
    });
  }
  return { ref, commit: await readRef(ref, context) };
}

/** What a ref points to, or `null` where it isn't there. */
export async function readRef(ref: string, context: PluginContext): Promise<string | null> {
  const id = await askGit(['rev-parse', '--quiet', '--verify', ref], context);
  return id === '' ? null : id;
}
