import { messageOf, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { type SimpleGit, simpleGit } from 'simple-git';
import { environment, lastLine, WARY } from './run-git.ts';

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
  /** The object id that stands for "nothing". */
  readonly zeroId: string;
}

export interface Head {
  /** `null` before the first commit. */
  readonly commit: string | null;
  /** Full name, `refs/heads/main`. */
  readonly ref: string;
}

/**
 * simple-git takes variables that can make git start another program for an injection. Here they are the
 * user's own, the same with which our plumbing and the user's own git run.
 */
const OWN_ENVIRONMENT = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeEditor: true,
  allowUnsafeExec: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeGitProxy: true,
  allowUnsafePager: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
} as const;

/** For reads and porcelain. */
export function reader(context: PluginContext): SimpleGit {
  const env = environment(context);
  return simpleGit({
    baseDir: context.root,
    abort: context.signal,
    trimmed: true,
    config: [...WARY],
    allowEnvironment: Object.keys(env),
    unsafe: OWN_ENVIRONMENT,
  }).env(env);
}

/** @throws SNAPKEEP_GIT_NO_REPOSITORY, SNAPKEEP_GIT_STATE where git distrusts the folder's owner */
export async function openRepository(context: PluginContext): Promise<Repository> {
  const questions = ['--show-toplevel', '--absolute-git-dir', '--show-object-format', '--git-path', 'index'];
  try {
    const answer = await reader(context).raw(['rev-parse', '--path-format=absolute', ...questions, '--show-prefix']);
    const [top, gitDir, format, indexFile, prefix = ''] = answer.split('\n');
    if (!top || !gitDir || !indexFile) throw new Error(`unexpected answer: ${answer}`);
    return { top, gitDir, prefix, indexFile, zeroId: '0'.repeat(format === 'sha256' ? 64 : 40) };
  } catch (cause) {
    context.signal.throwIfAborted();
    throw repositoryError(context.root, cause);
  }
}

function repositoryError(root: string, cause: unknown): SnapkeepError {
  const message = cause instanceof Error ? cause.message : messageOf(cause);
  if (message.includes('ENOENT')) return new SnapkeepError('SNAPKEEP_GIT_MISSING', 'git is not found.', { cause });
  if (/\bE[MN]FILE\b/.test(message)) {
    return new SnapkeepError('SNAPKEEP_STORAGE_FAILED', 'git could not be started: too many open files', { cause });
  }
  if (message.includes('safe.directory')) {
    return new SnapkeepError('SNAPKEEP_GIT_STATE', `The repository around ${root} belongs to another user.`, {
      hint: 'Work as its owner, or name it with git config --global --add safe.directory.',
      cause,
    });
  }
  return new SnapkeepError('SNAPKEEP_GIT_NO_REPOSITORY', `No git work tree around ${root}: ${lastLine(message)}`, {
    cause,
  });
}

/** @throws SNAPKEEP_GIT_STATE where HEAD is detached */
export async function readHead(context: PluginContext): Promise<Head> {
  const ref = await reader(context).raw(['symbolic-ref', '--quiet', 'HEAD']);
  if (!ref.startsWith('refs/heads/')) {
    throw new SnapkeepError('SNAPKEEP_GIT_STATE', 'HEAD is detached: no branch would keep the new version.', {
      hint: 'git switch to a branch, then run the command again.',
    });
  }
  return { ref, commit: await readRef(ref, context) };
}

/** What a ref points to, or `null` where it isn't there. */
export async function readRef(ref: string, context: PluginContext): Promise<string | null> {
  const id = await reader(context).raw(['rev-parse', '--quiet', '--verify', ref]);
  return id === '' ? null : id;
}
