import { isSnapkeepError, SnapkeepError } from '@snapkeep/sdk';

/** Counts what has come in, so that a slow answer can be told from none. */
export interface Inflow {
  bytesRead(): number;
}

/**
 * What a backend that sends nothing does, as the server tells it over another connection. `unknown`: the server
 * answers, but can't say; `silent`: it does not even answer.
 */
export type Standing = 'waits for a lock' | 'works' | 'unknown' | 'silent';

export interface AnswerLimits {
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly label: string;
  /** Asks the server; settles within seconds, and never rejects. Absent: there is nobody to ask. */
  readonly inquire?: () => Promise<Standing>;
  /** How long the server lets a statement wait for a lock. */
  readonly lockMs: number;
  /** Where nobody knows, it counts as waiting for a lock: the statement is there to get one. */
  readonly wantsLock: boolean;
}

/** After so long without a byte the server is asked for the first time. */
const QUIET_MS = 2_000;
/** Time for bytes that arrived while the process was busy to be read before they count as missing. */
const GRACE_MS = 250;

/**
 * Waits for an answer of the server as long as bytes come in, or the server says that the statement only waits for a
 * lock. Where neither holds for `stallMs`, or the run is aborted, `abandon` is called and the promise rejects at once:
 * the answer itself may never come.
 * @throws SNAPKEEP_SOURCE_STALLED, the signal's reason
 */
export function answerOf<T>(
  answer: Promise<T>,
  inflow: Inflow,
  limits: AnswerLimits,
  abandon: (cause: SnapkeepError) => void,
): Promise<T> {
  const { stallMs, signal, label, inquire, lockMs, wantsLock } = limits;
  return new Promise<T>((resolve, reject) => {
    let seen = inflow.bytesRead();
    let silentMs = 0;
    let limitMs = stallMs;
    let asked = false;
    let settled = false;
    let timer: NodeJS.Timeout;
    const give = (settle: () => void) => {
      settled = true;
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
    const later = (ms: number, then: () => void) => {
      timer = setTimeout(() => {
        const now = inflow.bytesRead();
        if (now === seen) return then();
        seen = now;
        silentMs = 0;
        limitMs = stallMs;
        walk();
      }, ms);
    };
    // Steps are counted, not the clock: while this process is busy it reads nothing, and that is nobody's silence.
    const walk = () => {
      const stepMs = Math.min(QUIET_MS, limitMs - silentMs);
      later(stepMs, () => step(stepMs));
    };
    const step = (ms: number) => {
      silentMs += ms;
      if (silentMs >= limitMs) return later(GRACE_MS, () => void judge());
      if (!asked && silentMs >= QUIET_MS) {
        asked = true;
        void inquire?.();
      }
      walk();
    };
    const judge = async () => {
      const standing = inquire === undefined ? 'unknown' : await inquire();
      if (settled) return;
      const waits = standing === 'waits for a lock' || (standing === 'unknown' && wantsLock);
      if (!waits || silentMs >= lockMs + stallMs) return fail(stalled(label, silentMs, standing));
      limitMs = silentMs + stallMs;
      walk();
    };

    // Settled by an abort, nobody waits for the answer any more; its rejection must not end the process.
    answer.catch(() => undefined);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    walk();
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

const OBSERVED: Readonly<Record<Standing, string>> = {
  'waits for a lock': '; it still waits for a lock',
  works: '; it takes new connections, but this one hangs or computes',
  unknown: '',
  silent: ', nor does it answer a new connection',
};

function stalled(label: string, silentMs: number, standing: Standing): SnapkeepError {
  return new SnapkeepError(
    'SNAPKEEP_SOURCE_STALLED',
    `${label} sent nothing for ${silentMs / 1000} s${OBSERVED[standing]}`,
    { hint: 'Look at the server. Where a query or view needs longer, raise plugins.postgres.stallSeconds.' },
  );
}
