import { isSnapkeepError } from '@snapkeep/sdk';
import type { Runtime } from '../../runtime.ts';
import type { Place } from '../copies.ts';
import { inspectCopies } from '../stores.ts';
import type { Candidate } from './candidates.ts';

export interface Judged extends Candidate {
  /** A place that has all of it whole, and keeps it. */
  readonly remains: Place | null;
  /** Why it stays; `null` where it may leave. */
  readonly stays: string | null;
}

export interface JudgeOptions {
  /** Whether the cache's copies are to leave too. */
  readonly cache: boolean;
  /** Also what would be lost may leave. */
  readonly confirm: boolean;
  /** Absent: the default remote. */
  readonly remote?: string | undefined;
}

/**
 * Says of each candidate whether it may leave: only where all of it is whole elsewhere, in the cache that keeps it, or on
 * the remote, whose own checksums or bytes prove it.
 * @throws SNAPKEEP_REMOTE_FAILED where the remote decides and can't be asked
 */
export async function judge(
  runtime: Runtime,
  candidates: readonly Candidate[],
  options: JudgeOptions,
): Promise<readonly Judged[]> {
  const byCache = new Set(options.cache ? [] : candidates.filter(({ cached }) => cached));
  const rest = candidates.filter((candidate) => !byCache.has(candidate));
  const there = await onRemote(runtime, rest, options);
  return candidates.map((candidate): Judged => {
    const remains = byCache.has(candidate) ? 'cache' : there.whole.has(candidate) ? 'remote' : null;
    return { ...candidate, remains, stays: reasonToStay(candidate, remains, there.why, options) };
  });
}

function reasonToStay(
  { obstacle }: Candidate,
  remains: Place | null,
  why: string,
  { confirm }: JudgeOptions,
): string | null {
  if (obstacle !== null) return obstacle;
  return remains === null && !confirm ? why : null;
}

interface OnRemote {
  readonly whole: ReadonlySet<Candidate>;
  /** What is to be said of the others. */
  readonly why: string;
}

async function onRemote(
  runtime: Runtime,
  candidates: readonly Candidate[],
  { remote, confirm }: JudgeOptions,
): Promise<OnRemote> {
  if (candidates.length === 0) return { whole: new Set(), why: '' };
  try {
    const found = await inspectCopies(runtime, {
      snapshots: candidates.map(({ ref }) => ref),
      place: 'remote',
      depth: 'checksum',
      ...(remote === undefined ? {} : { remote }),
    });
    const whole = candidates.filter((_, index) =>
      found?.snapshots[index]?.copies.every(({ state }) => state === 'whole'),
    );
    const name = found?.remote?.name;
    const why =
      name === undefined ? 'it is only here: no store keeps copies' : `it is only here: ${name} does not have it whole`;
    return { whole: new Set(whole), why };
  } catch (error) {
    if (!isSnapkeepError(error) || error.code !== 'SNAPKEEP_REMOTE_FAILED') throw error;
    // Where none is set up there is nothing to ask; one that doesn't answer may have everything.
    const isSetUp = error.details.remote !== undefined;
    if (isSetUp && !confirm) throw error;
    if (isSetUp) runtime.log.warn(error.message);
    return { whole: new Set(), why: `it is only here: ${error.message}` };
  }
}
