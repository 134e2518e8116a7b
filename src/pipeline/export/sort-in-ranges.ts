import { quoteIdentifier } from '@snapkeep/sdk';
import { findCuts } from './parts/cuts.ts';
import { sortedBytes } from './sort-way.ts';
import type { Staging } from './staging.ts';
import { setThreads } from './threads.ts';

const MB = 1_000_000;
/** Bytes of a range while it is sorted, on average. */
const RANGE_BYTES = 16 * MB;
/** Each reads all rows again. */
const MOST_RANGES = 500;

/**
 * From here on `snapshot` is a table of its own, into which the rows came one range of the key after the other: DuckDB's sort holds so many
 * rows at once, however long they are, that long documents in the order of another key don't fit into memory. It takes several times as long.
 * @param rows - those that are staged
 * @param characters - what they took as CSV, bytes
 */
export async function sortInRanges(
  { engine, plan }: Staging,
  size: { readonly rows: number; readonly characters: number },
): Promise<void> {
  const { rows } = size;
  const perRange = Math.max((rows * RANGE_BYTES) / Math.max(1, sortedBytes(plan, size)), rows / MOST_RANGES, 1);
  const cuts = await findCuts(engine, plan.key, 2 ** Math.round(Math.log2(perRange)));
  const order = plan.sort.map(quoteIdentifier).join(', ');
  await setThreads(engine, 1);
  await engine.run('BEGIN');
  await engine.run('DROP VIEW snapshot');
  await engine.run('CREATE TABLE snapshot AS FROM content LIMIT 0');
  for (let range = 0; range < cuts.count; range += 1) {
    await engine.run(`INSERT INTO snapshot SELECT * FROM content WHERE ${cuts.range(range)} ORDER BY ${order}`);
  }
  await engine.run('COMMIT');
}
