import { setTimeout as sleep } from 'node:timers/promises';
import { isSnapkeepError, SnapkeepError } from '@snapkeep/sdk';
import type { RetryConfig } from './config.ts';
import type { Runtime } from './runtime.ts';

const DEFAULT_RETRY: Required<RetryConfig> = { times: 3, delaySeconds: 2 };
const LONGEST_DELAY_MS = 60_000;

/**
 * Does work that may be begun anew from its very start, again where it failed for a reason that passes by itself.
 * Each time is told in one line.
 * @param work - gets the number of the attempt, from 1; leaves nothing behind where it fails
 * @throws what the last attempt threw, with the count as `details.attempts` where there were several
 */
export async function retrying<T>(
  { log, signal }: Pick<Runtime, 'log' | 'signal'>,
  retry: RetryConfig,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  const { times, delaySeconds } = { ...DEFAULT_RETRY, ...retry };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (signal.aborted || !isSnapkeepError(error)) throw error;
      // A plugin may bring an SDK that doesn't know the field yet.
      if (error.retryable !== true || attempt > times) throw attempt === 1 ? error : afterAttempts(error, attempt);
      const delayMs = delayBefore(attempt, delaySeconds * 1000);
      const next = `attempt ${attempt + 1} of ${times + 1} begins in ${(delayMs / 1000).toFixed(1)} s`;
      log.warn(`${error.message}; ${next}`);
      await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** Doubled each time, and between half and all of it by chance, so that many that failed together don't return together. */
export function delayBefore(attempt: number, firstMs: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, firstMs * 2 ** (attempt - 1));
  return longest * (0.5 + Math.random() / 2);
}

function afterAttempts(error: SnapkeepError, attempts: number): SnapkeepError {
  const { code, message, hint, notes, details, retryable } = error;
  return new SnapkeepError(code, `${message} (attempt ${attempts})`, {
    hint,
    notes,
    details: { ...details, attempts },
    cause: error,
    retryable,
  });
}
