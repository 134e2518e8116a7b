import { isSnapkeepError, SnapkeepError } from '@snapkeep/sdk';

/** Counts what has come in, so that a slow answer can be told from none. */
export interface Inflow {
  bytesRead(): number;
}

export interface AnswerLimits {
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly label: string;
}

/** Time for bytes that arrived while the process was busy to be read before they count as missing. */
const GRACE_MS = 250;

/**
 * Waits for an answer of the server as long as bytes come in. Where none came for `stallMs`, or the
 * run is aborted, `abandon` is called and the promise rejects at once: the answer itself may never come.
 * @throws SNAPKEEP_SOURCE_STALLED, the signal's reason
 */
export function answerOf<T>(
  answer: Promise<T>,
  inflow: Inflow,
  limits: AnswerLimits,
  abandon: (cause: SnapkeepError) => void,
): Promise<T> {
  const { stallMs, signal, label } = limits;
  return new Promise<T>((resolve, reject) => {
    let seen = inflow.bytesRead();
    let timer: NodeJS.Timeout;
    const give = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const fail = (cause: SnapkeepError) =>
      give(() => {
        abandon(cause);
        reject(cause);
      });
    const onAbort = () => fail(abortCause(signal));
    const progressed = () => {
      const now = inflow.bytesRead();
      const moved = now !== seen;
      seen = now;
      return moved;
    };
    const watch = () => {
      timer = setTimeout(() => {
        if (progressed()) return watch();
        timer = setTimeout(() => (progressed() ? watch() : fail(stalled(label, stallMs))), GRACE_MS);
      }, stallMs);
    };

    // Settled by an abort, nobody waits for the answer any more; its rejection must not end the process.
    answer.catch(() => undefined);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    watch();
    answer.then(
      (value) => give(() => resolve(value)),
      (error: unknown) => give(() => reject(error)),
    );
  });
}

/** Why a run was aborted, as an error of ours. */
export function abortCause(signal: AbortSignal): SnapkeepError {
  return isSnapkeepError(signal.reason)
    ? signal.reason
    : new SnapkeepError('SNAPKEEP_INTERRUPTED', 'Interrupted', { cause: signal.reason });
}

function stalled(label: string, stallMs: number): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_SOURCE_STALLED', `${label} sent nothing for ${stallMs / 1000} s`, {
    hint: 'Look at the server. Where a query or view needs longer, raise plugins.postgres.stallSeconds.',
  });
}
