import {
  type CompiledValidator,
  type ExportPlan,
  type JsonRow,
  type JsonValue,
  type ProgressTask,
  type SourceSession,
  type ToJson,
  toJsonForm,
} from '@snapkeep/sdk';
import type { Rejections } from '../invalid/rejections.ts';
import type { RowCounts } from '../invalid/rows-invalid.ts';
import type { Runtime } from '../runtime.ts';
import { keepYoungSpaceSmall } from './heap.ts';
import { RowStage } from './row-stage.ts';
import { scanOf } from './scan.ts';
import type { Staging } from './staging.ts';

/** Rows as a validator sees them. */
export function rowBuilder(plan: Pick<ExportPlan, 'columns'>): (texts: readonly (string | null)[]) => JsonRow {
  const columns = plan.columns.map(({ name, type }): { name: string; toJson: ToJson } => ({
    name,
    toJson: toJsonForm(type),
  }));
  return (texts) => {
    const row: Record<string, JsonValue> = {};
    columns.forEach(({ name, toJson }, index) => {
      const text = texts[index] ?? null;
      const value = text === null ? null : toJson(text);
      // Assignment would set the prototype instead of a column of that name.
      if (name === '__proto__') Object.defineProperty(row, name, { value, enumerable: true });
      else row[name] = value;
    });
    return row;
  };
}

/**
 * The reference way of the rows: batches of server text, one JSON row each for the validator, CSV text for
 * DuckDB. While the validator works on one batch the source fetches the next and DuckDB casts the last.
 *
 * @returns how many rows came and how many of them broke the schema; `read` = staged + `rejected`. Where it `stopped`,
 *   nothing is staged, and the source's transaction is still open
 */
export async function runRowLane(
  runtime: Runtime,
  session: SourceSession,
  staging: Staging,
  validator: CompiledValidator | null,
  rejections: Rejections,
  progress: ProgressTask,
): Promise<RowCounts> {
  const { plan } = staging;
  await validator?.prepare?.();
  const stage = await RowStage.open(staging);
  const abort = () => stage.interrupt();
  runtime.signal.addEventListener('abort', abort, { once: true });
  const toRow = rowBuilder(plan);
  let read = 0;
  keepYoungSpaceSmall();
  try {
    const context = runtime.context(plan.capabilities.source);
    for await (const batch of session.rows(scanOf(plan), { batchRows: plan.batchRows }, context)) {
      for (const texts of batch) {
        read += 1;
        if (validator) {
          const json = toRow(texts);
          const violations = validator.check(json);
          if (violations.length > 0) {
            await rejections.add({ texts, json, number: read }, violations);
            if (rejections.finished) break;
            continue;
          }
        }
        // Nothing will be published: reading goes on only to count what else is wrong.
        if (rejections.fatal) continue;
        if (stage.add(texts)) await stage.flush();
      }
      keepYoungSpaceSmall();
      progress.update(read, stage.characters);
      runtime.signal.throwIfAborted();
      if (rejections.finished) break;
    }
    if (rejections.finished) {
      await stage.destroy();
      return { read, rejected: rejections.rows, stopped: true };
    }
    await stage.end();
  } catch (error) {
    await stage.destroy();
    throw error;
  } finally {
    runtime.signal.removeEventListener('abort', abort);
  }
  return { read, rejected: rejections.rows, characters: stage.characters };
}
