import { type ColumnPlan, quoteIdentifier, type TextBatch } from '@snapkeep/sdk';
import { textExpression } from './column-plan.ts';
import { type Engine, readParquet } from './engine.ts';

/**
 * Rows of Parquet files in the text forms in which a source gives them.
 * @param columns - by their names in the files, in any order
 */
export async function* parquetTexts(
  engine: Engine,
  files: readonly string[],
  columns: readonly Pick<ColumnPlan, 'name' | 'type' | 'held'>[],
  { batchRows, limit }: { readonly batchRows: number; readonly limit?: number | undefined },
): AsyncGenerator<TextBatch> {
  const texts = columns.map((column) => textExpression(column, quoteIdentifier(column.name)));
  const sql = `SELECT ${texts.join(', ')} FROM ${readParquet(files)}${limit === undefined ? '' : ` LIMIT ${limit}`}`;
  let batch: (string | null)[][] = [];
  for await (const rows of engine.streamRows(sql)) {
    for (const row of rows) {
      batch.push(row as (string | null)[]);
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
