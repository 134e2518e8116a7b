import type { SourceSession } from '@snapkeep/sdk';
import { SnapkeepError } from '@snapkeep/sdk';

/**
 * One relation of a session, as if the session were for it alone: what plans and reads one dataset need not know of
 * the others. Its end is told to `finish`; closing it is left to whoever opened the whole.
 */
export function relationOf(session: SourceSession, index: number, finish: () => Promise<void>): SourceSession {
  const relation = session.relations[index];
  if (!relation) throw new SnapkeepError('SNAPKEEP_INTERNAL', `the source opened a session without relation ${index}`);
  return {
    instant: session.instant,
    relations: [relation],
    jobs: 1,
    rows: (scan, options, context) => session.rows({ ...scan, relation: index }, options, context),
    bytes: async (scan, format, context) => session.bytes?.({ ...scan, relation: index }, format, context),
    sql: async (scan, context) => session.sql?.({ ...scan, relation: index }, context),
    checks: async (_relation, context) => (await session.checks?.(index, context)) ?? [],
    finish,
    close: async () => {},
  };
}

/** Ends the session when the last of its readers has ended, whichever that is. */
export function countedFinish(readers: number, finish: () => Promise<void>): () => () => Promise<void> {
  let left = readers;
  return () => {
    let ended = false;
    return async () => {
      if (ended) return;
      ended = true;
      left -= 1;
      if (left === 0) await finish();
    };
  };
}
