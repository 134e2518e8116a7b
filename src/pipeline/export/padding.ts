import { isStagedWithoutNulls } from '../../engine/column-plan.ts';
import type { Engine } from '../../engine/engine.ts';
import { VECTOR_ROWS } from './row-group-size.ts';
import { stagedNulls } from './row-width.ts';
import type { StagedPlan } from './stage-sql.ts';

/** In `refused`, of a row that stands for an empty place. */
const EMPTY = -1;

/** A NULL among uncompressed texts reads the long one before it again (null-texts.ts). */
function emptyText(fileType: string): string {
  return fileType === 'JSON' ? `'""'::JSON` : `''::${fileType}`;
}

/**
 * SQL: adds rows that hold nothing up to the end of the vector, so that no other row comes into it.
 * @param rows - SQL, one number: how many rows came into the table since a vector began
 */
export function padVector(plan: StagedPlan, table: string, rows: string): string {
  const texts = plan.columns.flatMap((column, index): [string, string][] =>
    isStagedWithoutNulls(column, stagedNulls(plan, column)) ? [[`v${index}`, emptyText(column.fileType)]] : [],
  );
  const values: readonly [string, string][] = [['refused', String(EMPTY)], ...texts];
  return `INSERT INTO ${table} (${values.map(([name]) => name).join(', ')})
    SELECT ${values.map(([, value]) => value).join(', ')}
    FROM (SELECT unnest(range((${VECTOR_ROWS} - ${rows} % ${VECTOR_ROWS}) % ${VECTOR_ROWS})))`;
}

/** Takes those rows away; their places stay empty. What added them is committed, or the table would be filled anew without them. */
export async function removePadding(engine: Engine, table: string): Promise<void> {
  await engine.run(`DELETE FROM ${table} WHERE refused = ${EMPTY}`);
}
