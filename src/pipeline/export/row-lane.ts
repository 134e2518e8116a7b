import { join } from 'node:path';
import {
  type CompiledValidator,
  type ExportPlan,
  type JsonRow,
  type JsonValue,
  type ProgressTask,
  SnapkeepError,
  type SourceSession,
  type ToJson,
  toJsonForm,
} from '@snapkeep/sdk';
import { stagedForm } from '../../engine/column-plan.ts';
import type { Runtime } from '../runtime.ts';
import { CsvPipe, csvField } from './csv-pipe.ts';
import type { Rejections } from './rejections.ts';
import { scanOf } from './scan.ts';
import { MAX_ROW_BYTES, type Staging, stageStatement } from './staging.ts';

/** Enough to make a write worth its call, little enough to stay flat. */
const CHUNK_CHARACTERS = 256 * 1024;

export interface RowCounts {
  readonly read: number;
  readonly rejected: number;
}

/** Rows as a validator sees them. */
export function rowBuilder(plan: ExportPlan): (texts: readonly (string | null)[]) => JsonRow {
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

/** A row as one CSV line, nested columns as documents. */
function lineBuilder(plan: ExportPlan): (texts: readonly (string | null)[]) => string {
  const staged = plan.columns.map(stagedForm);
  const field = (text: string | null, index: number) => {
    const encode = text === null ? undefined : staged[index];
    return csvField(encode && text !== null ? encode(text) : text);
  };
  return (texts) => {
    let line = field(texts[0] ?? null, 0);
    if (texts.length === 1) return `${line},\n`;
    for (let index = 1; index < texts.length; index += 1) line += `,${field(texts[index] ?? null, index)}`;
    return `${line}\n`;
  };
}

function refuseLongRow(line: string, row: number): void {
  if (line.length < MAX_ROW_BYTES / 4) return;
  const bytes = Buffer.byteLength(line);
  if (bytes < MAX_ROW_BYTES) return;
  throw new SnapkeepError(
    'SNAPKEEP_VALUE_INEXACT',
    `row ${row.toLocaleString('en')} takes ${(bytes / 1024 / 1024).toFixed(1)} MiB; one row may take ${MAX_ROW_BYTES / 1024 / 1024} MiB`,
    { hint: 'Leave the row or the column out with a query in the configuration.', details: { row, bytes } },
  );
}

/**
 * The reference way of the rows: batches of server text, one JSON row each for the validator, CSV text for
 * DuckDB. While the validator works on one batch the source fetches the next and DuckDB casts the last.
 *
 * @returns how many rows came and how many of them broke the schema; `read` = staged + `rejected`
 */
export async function runRowLane(
  runtime: Runtime,
  session: SourceSession,
  staging: Staging,
  validator: CompiledValidator | null,
  rejections: Rejections,
  progress: ProgressTask,
): Promise<RowCounts> {
  const { plan, engine } = staging;
  const pipePath = join(staging.directory, 'rows.csv');
  const { pipe, done } = await CsvPipe.open(pipePath, () => engine.run(stageStatement(pipePath, plan.columns)));
  const abort = () => engine.interrupt();
  runtime.signal.addEventListener('abort', abort, { once: true });
  const toRow = rowBuilder(plan);
  const toLine = lineBuilder(plan);
  let read = 0;
  let bytes = 0;
  try {
    const context = runtime.context(plan.capabilities.source);
    let chunk = '';
    for await (const batch of session.rows(scanOf(plan), { batchRows: plan.batchRows }, context)) {
      for (const texts of batch) {
        read += 1;
        const violations = validator?.check(toRow(texts)) ?? [];
        if (violations.length > 0) {
          await rejections.add(texts, violations, read);
          continue;
        }
        // Nothing will be published: reading goes on only to count what else is wrong.
        if (rejections.fatal) continue;
        const line = toLine(texts);
        refuseLongRow(line, read);
        chunk += line;
        if (chunk.length < CHUNK_CHARACTERS) continue;
        bytes += chunk.length;
        await pipe.write(chunk);
        chunk = '';
      }
      progress.update(read, bytes + chunk.length);
      runtime.signal.throwIfAborted();
    }
    if (chunk !== '') await pipe.write(chunk);
    await pipe.end();
    await done;
  } catch (error) {
    pipe.destroy();
    engine.interrupt();
    await done.catch(() => undefined);
    throw error;
  } finally {
    runtime.signal.removeEventListener('abort', abort);
  }
  return { read, rejected: rejections.rows };
}
