import type { ExportPlan } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import { padVector, removePadding } from './padding.ts';
import { type Cuts, findCuts, findCutsBySize } from './parts/cuts.ts';
import { areVeryLong, VECTOR_BYTES } from './row-group-size.ts';
import { type Size, sortedBytes } from './sort-way.ts';
import { createValuesTable } from './staged-table.ts';
import { namedValues, type Staging, sortValues } from './staging.ts';
import { setThreads } from './threads.ts';

const MB = 1_000_000;
/** Bytes of a range while it is sorted, on average. */
const RANGE_BYTES = 16 * MB;
/** Each reads all rows again. */
const MOST_RANGES = 500;

async function findRanges(engine: Engine, plan: ExportPlan, size: Size): Promise<Cuts> {
  const { rows, characters } = size;
  const toCut = { from: 'staged', key: sortValues(plan) };
  if (areVeryLong(size)) {
    const most = Math.max(VECTOR_BYTES, characters / MOST_RANGES);
    return findCutsBySize(engine, toCut, `${Math.ceil(characters / rows)} + ${textBytes(plan)}`, most);
  }
  const perRange = Math.max((rows * RANGE_BYTES) / Math.max(1, sortedBytes(plan, size)), rows / MOST_RANGES, 1);
  return findCuts(engine, toCut, 2 ** Math.round(Math.log2(perRange)));
}

/** SQL over the staged rows: bytes of a row's texts. */
function textBytes({ columns }: ExportPlan): string {
  const lengths = columns.flatMap(({ fileType }, index) => {
    if (fileType === 'BLOB') return [`coalesce(octet_length(v${index}), 0)`];
    return fileType === 'VARCHAR' || fileType === 'JSON' ? [`coalesce(strlen(v${index}::VARCHAR), 0)`] : [];
  });
  return ['0', ...lengths].join(' + ');
}

/**
 * From here on `snapshot` shows a table of its own, into which the rows came one range of the key after the other: DuckDB's sort holds so many
 * rows at once, however long they are, that long documents in the order of another key don't fit into memory. An export takes half as long again.
 * @param rows - those that are staged
 * @param characters - what they took as CSV, bytes
 * @param onProgress - the share of the ranges that are sorted
 */
export async function sortInRanges(
  { engine, plan }: Staging,
  size: Size,
  onProgress: (share: number) => void,
): Promise<void> {
  const cuts = await findRanges(engine, plan, size);
  const values = plan.columns.map((_, index) => `v${index}`).join(', ');
  const isPadded = areVeryLong(size);
  await setThreads(engine, 1);
  await engine.run('BEGIN');
  try {
    await engine.run('DROP TABLE IF EXISTS sorted');
    await createValuesTable(engine, plan, 'sorted');
    for (let range = 0; range < cuts.count; range += 1) {
      await engine.run(
        `INSERT INTO sorted (${values}) SELECT ${values} FROM staged WHERE ${cuts.range(range)} ORDER BY ${sortValues(plan).join(', ')}`,
      );
      if (isPadded) await engine.run(padVector(plan, 'sorted', '(SELECT count(*) FROM sorted)'));
      onProgress((range + 1) / cuts.count);
    }
    await engine.run(`CREATE OR REPLACE VIEW snapshot AS SELECT ${namedValues(plan)} FROM sorted`);
    await engine.run('COMMIT');
    if (isPadded) await removePadding(engine, 'sorted');
  } catch (error) {
    // An error may have ended it.
    await engine.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
