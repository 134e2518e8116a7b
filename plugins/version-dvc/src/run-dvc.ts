import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import { answerOf, type DvcAnswer } from './dvc-answer.ts';
import { dvcCall } from './dvc-call.ts';
import { takeWaiting } from './early-add.ts';
import { findDvc } from './find-dvc.ts';

/** DVC itself waits about three seconds for its lock, each time. */
const LOCK_ATTEMPTS = 3;
const LOCK_PAUSE_MS = 500;

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
    const early = attempt === 1 && args[0] === 'add' ? await takeWaiting(context)?.run(args) : undefined;
    const answer = early ?? (await startDvc(command, args, context));
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

async function startDvc(command: string, args: readonly string[], context: PluginContext): Promise<DvcAnswer> {
  const call = await dvcCall([command, ...args], context);
  context.log.debug(`dvc ${args.map((part) => shorten(part)).join(' ')}`);
  const { execa } = await import('execa');
  return answerOf(await execa(call.program, call.args, { ...call.options, stdin: 'ignore' }), context);
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
