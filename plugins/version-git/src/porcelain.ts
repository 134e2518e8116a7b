import { messageOf, type PluginContext } from '@snapkeep/sdk';
import type { SimpleGit } from 'simple-git';
import { environment, gitFailed, WARY } from './run-git.ts';

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

/**
 * What people ask of a repository: its remotes, its settings, its state. simple-git knows git's answers; what a version
 * is made of, and what every small command asks, goes by plumbing (run-git.ts, docs/adr/0007).
 * @throws SNAPKEEP_GIT_FAILED
 */
export async function porcelain<T>(context: PluginContext, ask: (git: SimpleGit) => Promise<T>): Promise<T> {
  const { simpleGit } = await import('simple-git');
  const env = environment(context);
  const git = simpleGit({
    baseDir: context.root,
    abort: context.signal,
    config: [...WARY],
    allowEnvironment: Object.keys(env),
    unsafe: OWN_ENVIRONMENT,
  }).env(env);
  try {
    return await ask(git);
  } catch (error) {
    context.signal.throwIfAborted();
    throw gitFailed('git', messageOf(error));
  }
}
