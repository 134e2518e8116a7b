import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import { findDvc } from './find-dvc.ts';
import { dyingWithUs } from './pdeathsig.ts';

/** DVC itself waits about three seconds for its lock, each time. */
const LOCK_ATTEMPTS = 3;
const LOCK_PAUSE_MS = 500;
/** So long DVC may take to tidy up after Ctrl-C. */
const KILL_AFTER_MS = 5000;

/**
 * Runs DVC once, in the project. Where another DVC holds the repository it is tried again.
 * @param args - subcommand and flags; paths come last, behind `--`
 * @param code - the error where DVC refuses for a reason of its own
 * @returns what it printed
 * @throws SNAPKEEP_DVC_MISSING, SNAPKEEP_BUSY, SNAPKEEP_STORAGE_FULL, SNAPKEEP_STORAGE_FAILED, `code`
 */
export async function runDvc(
  args: readonly string[],
  context: PluginContext,
  code: ErrorCode = 'SNAPKEEP_DVC_FAILED',
): Promise<string> {
  const { command } = await findDvc(context);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await startDvc(command, args, context);
    if (answer.ok) return answer.stdout;
    if (!isBusy(answer.stderr)) throw dvcFailed(`dvc ${args[0] ?? ''}`, answer.stderr, code);
    if (attempt === LOCK_ATTEMPTS) {
      throw new SnapkeepError('SNAPKEEP_BUSY', 'Another DVC works in this project.', {
        hint: 'Wait until it has ended, then run the command again.',
        details: { dvc: lastError(answer.stderr) },
      });
    }
    context.log.verbose(`Another DVC holds its lock; attempt ${attempt} of ${LOCK_ATTEMPTS}.`);
    await sleep(LOCK_PAUSE_MS, undefined, { signal: context.signal });
  }
}

interface Answer {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function startDvc(command: string, args: readonly string[], context: PluginContext): Promise<Answer> {
  context.signal.throwIfAborted();
  const siteCache = join(context.root, '.snapkeep', 'dvc-site-cache');
  await mkdir(siteCache, { recursive: true, mode: 0o700 });
  const [program, ...rest] = await dyingWithUs([command, ...args], context);
  context.log.debug(`dvc ${args.map((part) => shorten(part)).join(' ')}`);
  const { execa } = await import('execa');
  const result = await execa(program, rest, {
    cwd: context.root,
    env: { ...context.env, DVC_NO_ANALYTICS: '1', DVC_SITE_CACHE_DIR: siteCache, DVC_DAEMON: '1' },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    cancelSignal: context.signal,
    killSignal: 'SIGINT',
    forceKillAfterDelay: KILL_AFTER_MS,
  });
  context.signal.throwIfAborted();
  return { ok: !result.failed, stdout: result.stdout ?? '', stderr: result.stderr || result.shortMessage || '' };
}

function isBusy(stderr: string): boolean {
  return /Unable to acquire lock|is busy, it is being blocked by/i.test(stderr);
}

const HALF_WRITTEN =
  'A half-written .dvc file, or .dvc/tmp/rwlock, makes DVC fail so: dvc status -v shows which; put it right, run the command again.';

function dvcFailed(what: string, stderr: string, code: ErrorCode): SnapkeepError {
  // DVC reads every .dvc file of the project, and doesn't say which one it could not make out.
  const hint = /unexpected error|rwlock|YAML|is invalid/i.test(stderr) ? { hint: HALF_WRITTEN } : {};
  return new SnapkeepError(storageCode(stderr) ?? code, `${what} failed: ${lastError(stderr)}`, hint);
}

function storageCode(stderr: string): ErrorCode | undefined {
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return 'SNAPKEEP_STORAGE_FULL';
  if (/Read-only file system|Input\/output error|Too many open files|\bE[MN]FILE\b/.test(stderr))
    return 'SNAPKEEP_STORAGE_FAILED';
  return undefined;
}

/** DVC's own complaint on one line: from its last `ERROR:` to the advertisement for its support. */
function lastError(stderr: string): string {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('Having any troubles?'));
  const start = lines.findLastIndex((line) => /^(ERROR|error):/.test(line));
  const said = start < 0 ? lines.slice(-1) : lines.slice(start);
  return shorten(said.join(' ').replace(/^(ERROR|error): /, '') || 'no message', 300);
}
