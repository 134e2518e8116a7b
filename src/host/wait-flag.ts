import * as Flags from '@oclif/core/flags';
import { SnapkeepError } from '@snapkeep/sdk';

/** For every command that changes a dataset. */
export const WAIT_FLAG = {
  wait: Flags.string({
    summary: 'Wait for another run on the same dataset: until it ends, or for 30s, 10m, 2h at most.',
    helpValue: '[DURATION]',
  }),
};

/** What stands for `--wait` without a duration. */
const FOREVER = 'forever';
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function durationMs(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,6}(?:\.\d{1,3})?)([smh])$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (UNIT_MS[unit] ?? 0);
}

/** `10min`, `90`: no duration of ours, and hardly a dataset's name either. */
const LIKE_DURATION = /^\d+(?:\.\d+)?\s*[a-z]*$/i;

/**
 * `--wait` may stand alone, which oclif has no form for: it gets its value attached, the next word where that is a
 * duration.
 */
export function giveWaitAValue(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const at = argv.indexOf('--wait');
  if (at < 0 || at > end) return [...argv];
  const next = argv[at + 1];
  const own = next !== undefined && at + 1 < end && LIKE_DURATION.test(next);
  return [...argv.slice(0, at), `--wait=${own ? next : FOREVER}`, ...argv.slice(at + (own ? 2 : 1))];
}

/** 0 where the command is not to wait. @throws SNAPKEEP_USAGE */
export function waitMsOf(flags: object): number {
  const text = 'wait' in flags && typeof flags.wait === 'string' ? flags.wait : undefined;
  if (text === undefined) return 0;
  if (text === FOREVER) return Number.POSITIVE_INFINITY;
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw noDuration(text);
}

function noDuration(text: string, cause?: unknown): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_USAGE', `--wait ${text} is no duration`, {
    hint: 'Write 30s, 10m or 2h, or --wait alone to wait until the other run ends.',
    cause,
  });
}

/** A word behind `--wait` is taken for an argument: where there is one too many, it was meant for a duration. */
export function explainWait(error: unknown, argv: readonly string[]): unknown {
  const word = argv[argv.indexOf('--wait') + 1];
  const surplus = error instanceof Error && /Unexpected argument/.test(error.message);
  return surplus && argv.includes('--wait') && word !== undefined ? noDuration(word, error) : error;
}
