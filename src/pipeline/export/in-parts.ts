import type { ByteBatch, PluginContext, Scan, SourceSession, TextBatch } from '@snapkeep/sdk';
import { inOrder } from './in-order.ts';

const MB = 1024 * 1024;
/** A batch of text rows is about as large at most (the source's own limit): nobody counts all of its values. */
const TEXT_BATCH_BYTES = MB / 4;

/**
 * A session whose scans are read in parts through several connections. What comes is what one connection would give,
 * row by row in the same order: whatever is made of it is the same.
 */
export function inParts(session: SourceSession, jobs: number): SourceSession {
  const atOnce = Math.min(jobs, session.jobs);
  return {
    instant: session.instant,
    relations: session.relations,
    jobs: session.jobs,
    rows: (scan, options, context) =>
      cut(session, atOnce, scan, context, {
        whole: () => session.rows(scan, options, context),
        part: (part, within) => session.rows({ ...scan, part }, options, within),
        weigh: () => TEXT_BATCH_BYTES,
        keep: (batch: TextBatch) => batch,
      }),
    bytes: async (scan, format, context) => {
      const whole = await session.bytes?.(scan, format, context);
      if (!whole) return undefined;
      return cut(session, atOnce, scan, context, {
        whole: () => whole,
        part: async function* (part, within) {
          yield* (await session.bytes?.({ ...scan, part }, format, within)) ?? [];
        },
        weigh: ({ bytes }: ByteBatch) => bytes.length,
        // The source uses its memory again.
        keep: ({ bytes, rows }) => ({ bytes: Uint8Array.from(bytes), rows }),
      });
    },
    ...(session.checks
      ? { checks: (relation, context) => session.checks?.(relation, context) ?? Promise.resolve([]) }
      : {}),
    finish: (context) => session.finish(context),
    close: () => session.close(),
  };
}

interface Cut<T> {
  readonly whole: () => AsyncIterable<T>;
  readonly part: (part: NonNullable<Scan['part']>, context: PluginContext) => AsyncIterable<T>;
  readonly weigh: (batch: T) => number;
  readonly keep: (batch: T) => T;
}

async function* cut<T>(
  session: SourceSession,
  atOnce: number,
  scan: Scan,
  context: PluginContext,
  { whole, part, weigh, keep }: Cut<T>,
): AsyncGenerator<T, void, undefined> {
  const { parts, reason } = (await session.parts?.(scan, context)) ?? { parts: 1, reason: 'the source cuts nothing' };
  const name = session.relations[scan.relation]?.name ?? 'the relation';
  if (parts === 1 || atOnce === 1) {
    context.log.info(`${name} is read through one connection: ${reason ?? 'the source has no other'}`);
    yield* whole();
    return;
  }
  context.log.verbose(`${name} is read in ${parts} parts through ${atOnce} connections`);
  yield* inOrder({
    parts,
    atOnce,
    signal: context.signal,
    open: (index, signal) => part({ index, of: parts }, { ...context, signal }),
    weigh,
    keep,
  });
}
