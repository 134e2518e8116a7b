import { type ErrorCode, type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import { runChild } from './child.ts';

export interface GitRun {
  /** Absolute; git's own notion of the current folder. */
  readonly cwd: string;
  readonly input?: string;
  /** `GIT_INDEX_FILE`, where the call works on another index than the user's. */
  readonly indexFile?: string;
  /**
   * What becomes of it when the run is aborted. Absent: it is killed. `group`: it is killed with all that it
   * started, as a hook may. `never`: it is left to end, out of reach of the terminal's Ctrl-C, because it
   * takes milliseconds and half of it would be worse.
   */
  readonly abort?: 'group' | 'never';
}

export interface GitAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Nothing that a folder brought along decides which programs git starts: a bare repository hidden in a clone, with
 * hooks and settings of its own, is not taken for the project's (https://git-scm.com/docs/git-config, safe.bareRepository),
 * and no file system monitor is asked.
 */
export const WARY = ['safe.bareRepository=explicit', 'core.fsmonitor=false'] as const;

/**
 * What every call of ours says to git: objects and refs reach the disk (git fsyncs next to nothing
 * by default), nothing of the user's configuration makes a temporary index leave files behind.
 */
const SETTINGS = [
  'core.fsync=all',
  'core.fsyncMethod=fsync',
  'core.filesRefLockTimeout=1000',
  'core.splitIndex=false',
  'index.sparse=false',
  'i18n.commitEncoding=UTF-8',
  'trailer.separators=:',
  ...WARY,
].flatMap((setting) => ['-c', setting]);

/** The user's environment; `C` makes git's messages those that we look for. */
export function environment(context: PluginContext): Record<string, string> {
  const given = Object.entries(context.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(given), LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
}

/** Runs git plumbing and tells how it ended; throws only where git could not be started or was interrupted. */
export async function tryGit(args: readonly string[], run: GitRun, context: PluginContext): Promise<GitAnswer> {
  const { ok, stdout, stderr } = await startGit(args, run, context);
  return { ok, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
}

async function startGit(
  args: readonly string[],
  run: GitRun,
  context: PluginContext,
): Promise<{ ok: boolean; stdout: Buffer; stderr: Buffer }> {
  if (run.abort !== 'never') context.signal.throwIfAborted();
  context.log.debug(`git ${args.map((part) => shorten(part)).join(' ')}`);
  const { failure, ...answer } = await runChild('git', [...SETTINGS, ...args], {
    cwd: run.cwd,
    env: { ...environment(context), ...(run.indexFile === undefined ? {} : { GIT_INDEX_FILE: run.indexFile }) },
    input: run.input ?? '',
    signal: context.signal,
    abort: run.abort,
  });
  if (run.abort !== 'never') context.signal.throwIfAborted();
  if (failure === 'ENOENT') throw new SnapkeepError('SNAPKEEP_GIT_MISSING', 'git is not found.');
  // Not git's answer: it was never started.
  if (failure !== undefined) {
    const lacksHandles = failure === 'EMFILE' || failure === 'ENFILE';
    const why = lacksHandles ? `too many open files (${failure})` : failure;
    const hint = 'Allow more of them, e.g. with ulimit -n 1024, and run the command again.';
    throw new SnapkeepError(
      'SNAPKEEP_STORAGE_FAILED',
      `git could not be started: ${why}`,
      lacksHandles ? { hint } : {},
    );
  }
  return answer;
}

/** Asks git something in the project. @returns its answer, trimmed; empty where git says no. @throws as `git` does */
export async function askGit(args: readonly string[], context: PluginContext): Promise<string> {
  const answer = await tryGit(args, { cwd: context.root }, context);
  if (!answer.ok && answer.stderr.trim() !== '') throw gitFailed(`git ${args[0] ?? ''}`, answer.stderr);
  return answer.stdout.trim();
}

/** Runs git plumbing. @returns its output. @throws SNAPKEEP_GIT_FAILED, SNAPKEEP_STORAGE_FULL with git's last line. */
export async function git(args: readonly string[], run: GitRun, context: PluginContext): Promise<string> {
  const answer = await tryGit(args, run, context);
  if (!answer.ok) throw gitFailed(`git ${args[0] ?? ''}`, answer.stderr);
  return answer.stdout;
}

/** The same for what git prints as it is stored. */
export async function gitBytes(args: readonly string[], run: GitRun, context: PluginContext): Promise<Buffer> {
  const answer = await startGit(args, run, context);
  if (!answer.ok) throw gitFailed(`git ${args[0] ?? ''}`, answer.stderr.toString('utf8'));
  return answer.stdout;
}

/** The error for something that git refused: its own last line, and the code that fits it. */
export function gitFailed(what: string, stderr: string, hint?: string): SnapkeepError {
  return new SnapkeepError(codeFor(stderr), `${what} failed: ${lastLine(stderr)}`, hint === undefined ? {} : { hint });
}

function codeFor(stderr: string): ErrorCode {
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return 'SNAPKEEP_STORAGE_FULL';
  if (/Read-only file system|Input\/output error|Too many open files/.test(stderr)) return 'SNAPKEEP_STORAGE_FAILED';
  return 'SNAPKEEP_GIT_FAILED';
}

/** The last line that says something, without git's `fatal:`. */
export function lastLine(text: string): string {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.findLast((candidate) => /^(fatal|error):/.test(candidate)) ?? lines.at(-1) ?? 'no message';
  return shorten(line.replace(/^(fatal|error): /, ''), 300);
}
