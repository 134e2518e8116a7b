import type { ByteBatch, CompiledValidator, ProgressTask } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import type { Rejections } from '../invalid/rejections.ts';
import type { RowCounts } from '../invalid/rows-invalid.ts';
import type { Runtime } from '../runtime.ts';
import { csvBytes } from './csv-field.ts';
import { CsvStage } from './csv-stage.ts';
import { keepYoungSpaceSmall } from './heap.ts';
import { rowBuilder } from './row-lane.ts';
import { LONG_ROW_BYTES } from './stage-sql.ts';
import type { Staging } from './staging.ts';

/** How many rows one statement removes. */
const REMOVED_AT_ONCE = 10_000;

/**
 * The way of the rows on which none becomes JavaScript values: the source's bytes go to DuckDB as they are, where
 * they are cast and held against the predicate. What that doesn't let through the validator sees.
 *
 * @returns how many rows came and how many of them broke the schema; `read` = staged + `rejected`
 */
export async function runFastLane(
  runtime: Runtime,
  batches: AsyncIterable<ByteBatch>,
  staging: Staging,
  validator: CompiledValidator | null,
  rejections: Rejections,
  progress: ProgressTask,
): Promise<RowCounts> {
  const stage = await CsvStage.open(staging, true);
  const abort = () => stage.interrupt();
  runtime.signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const { bytes, rows } of batches) {
      if (bytes.length > LONG_ROW_BYTES) await stage.writeLong(bytes);
      else await stage.write(bytes, rows);
      progress.update(stage.rows, stage.characters);
      runtime.signal.throwIfAborted();
    }
    await stage.end();
    const removed = validator ? await decide(staging, validator, rejections) : 0;
    return { read: stage.rows, rejected: rejections.rows, characters: stage.characters - removed };
  } catch (error) {
    await stage.destroy();
    throw error;
  } finally {
    runtime.signal.removeEventListener('abort', abort);
  }
}

/**
 * The validator's verdict on the rows that the predicate left to it; the bad ones leave the staging table.
 * @returns how many bytes they took as CSV
 */
async function decide(staging: Staging, validator: CompiledValidator, rejections: Rejections): Promise<number> {
  const { engine, plan } = staging;
  const toRow = rowBuilder(plan);
  const rejected: number[] = [];
  let removed = 0;
  let prepared = false;
  for await (const rows of engine.streamRows('SELECT rowid AS id, texts FROM staged WHERE undecided ORDER BY rowid')) {
    if (!prepared) await validator.prepare?.();
    prepared = true;
    for (const [id, texts] of rows) {
      const row = textsOf(texts);
      const json = toRow(row);
      const violations = validator.check(json);
      if (violations.length === 0) continue;
      // Rows stand in the table in the order in which they came.
      await rejections.add({ texts: row, json, number: Number(id) + 1 }, violations);
      rejected.push(Number(id));
      removed += csvBytes(row);
    }
    keepYoungSpaceSmall();
  }
  if (!rejections.fatal) await remove(engine, rejected);
  return removed;
}

function textsOf(list: unknown): (string | null)[] {
  return (list as { readonly items: readonly (string | null)[] }).items.slice();
}

async function remove(engine: Engine, ids: readonly number[]): Promise<void> {
  for (let start = 0; start < ids.length; start += REMOVED_AT_ONCE) {
    const some = ids.slice(start, start + REMOVED_AT_ONCE).join(', ');
    await engine.run(`DELETE FROM staged WHERE rowid IN (SELECT unnest([${some}]))`);
  }
}
