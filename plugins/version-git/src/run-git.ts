import { type ErrorCode, type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import { execa } from 'execa';

export interface GitRun {
  /** Absolute; git's own notion of the current folder. */
  readonly cwd: string;
  readonly input?: string;
  /** `GIT_INDEX_FILE`, where the call works on another index than the user's. */
  readonly indexFile?: string;
  /**
   * `interruptible`: killed when the run is aborted. `whole`: left to end, out of reach of the
   * terminal's Ctrl-C, because it takes milliseconds and half of it would be worse.
   */
  readonly abort?: 'interruptible' | 'whole';
}

export interface GitAnswer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What every call of ours says to git: objects and refs reach the disk (git fsyncs next to nothing
 * by default), nothing of the user's configuration makes a temporary index leave files behind.
 */
const SETTINGS = [
  'core.fsync=all',
  'core.fsyncMethod=fsync',
  'core.filesRefLockTimeout=1000',
  'core.splitIndex=false',
  'core.fsmonitor=false',
  'index.sparse=false',
  'i18n.commitEncoding=UTF-8',
  'trailer.separators=:',
].flatMap((setting) => ['-c', setting]);

/** The user's environment; `C` makes git's messages those that we look for. */
function environment(context: PluginContext, run: GitRun): NodeJS.ProcessEnv {
  return {
    ...context.env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    ...(run.indexFile === undefined ? {} : { GIT_INDEX_FILE: run.indexFile }),
  };
}

/** Runs git plumbing and tells how it ended; throws only where git could not be started or was interrupted. */
export async function tryGit(args: readonly string[], run: GitRun, context: PluginContext): Promise<GitAnswer> {
  const whole = run.abort === 'whole';
  if (!whole) context.signal.throwIfAborted();
  context.log.debug(`git ${args.map((part) => shorten(part)).join(' ')}`);
  const result = await execa('git', [...SETTINGS, ...args], {
    cwd: run.cwd,
    env: environment(context, run),
    extendEnv: false,
    input: run.input ?? '',
    reject: false,
    stripFinalNewline: false,
    detached: whole,
    ...(whole ? {} : { cancelSignal: context.signal }),
  });
  if (!whole) context.signal.throwIfAborted();
  if (result.code === 'ENOENT') throw new SnapkeepError('SNAPKEEP_GIT_MISSING', 'git is not found.');
  return { ok: !result.failed, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

/** Runs git plumbing. @returns its output. @throws SNAPKEEP_GIT_FAILED, SNAPKEEP_STORAGE_FULL with git's last line. */
export async function git(args: readonly string[], run: GitRun, context: PluginContext): Promise<string> {
  const answer = await tryGit(args, run, context);
  if (!answer.ok) throw gitFailed(`git ${args[0] ?? ''}`, answer.stderr);
  return answer.stdout;
}

/** The error for something that git refused: its own last line, and the code that fits it. */
export function gitFailed(what: string, stderr: string, hint?: string): SnapkeepError {
  return new SnapkeepError(codeFor(stderr), `${what} failed: ${lastLine(stderr)}`, hint === undefined ? {} : { hint });
}

function codeFor(stderr: string): ErrorCode {
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return 'SNAPKEEP_STORAGE_FULL';
  if (/Read-only file system|Input\/output error/.test(stderr)) return 'SNAPKEEP_STORAGE_FAILED';
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
