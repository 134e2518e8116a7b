import { findCuts } from './parts/cuts.ts';
import { sortedBytes } from './sort-way.ts';
import { createValuesTable } from './staged-table.ts';
import { namedValues, type Staging, sortValues } from './staging.ts';
import { setThreads } from './threads.ts';

const MB = 1_000_000;
/** Bytes of a range while it is sorted, on average. */
const RANGE_BYTES = 16 * MB;
/** Each reads all rows again. */
const MOST_RANGES = 500;

/**
 * From here on `snapshot` shows a table of its own, into which the rows came one range of the key after the other: DuckDB's sort holds so many
 * rows at once, however long they are, that long documents in the order of another key don't fit into memory. An export takes half as long again.
 * @param rows - those that are staged
 * @param characters - what they took as CSV, bytes
 * @param onProgress - the share of the ranges that are sorted
 */
export async function sortInRanges(
  { engine, plan }: Staging,
  size: { readonly rows: number; readonly characters: number },
  onProgress: (share: number) => void,
): Promise<void> {
  const { rows } = size;
  const perRange = Math.max((rows * RANGE_BYTES) / Math.max(1, sortedBytes(plan, size)), rows / MOST_RANGES, 1);
  const key = sortValues(plan);
  const cuts = await findCuts(engine, { from: 'staged', key }, 2 ** Math.round(Math.log2(perRange)));
  const values = plan.columns.map((_, index) => `v${index}`).join(', ');
  await setThreads(engine, 1);
  await engine.run('BEGIN');
  try {
    await engine.run('DROP TABLE IF EXISTS sorted');
    await createValuesTable(engine, plan, 'sorted');
    for (let range = 0; range < cuts.count; range += 1) {
      await engine.run(
        `INSERT INTO sorted SELECT ${values} FROM staged WHERE ${cuts.range(range)} ORDER BY ${key.join(', ')}`,
      );
      onProgress((range + 1) / cuts.count);
    }
    await engine.run(`CREATE OR REPLACE VIEW snapshot AS SELECT ${namedValues(plan)} FROM sorted`);
    await engine.run('COMMIT');
  } catch (error) {
    // An error may have ended it.
    await engine.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
