import type { ColumnPlan, ExportPlan } from '@snapkeep/sdk';
import type { StagedNulls } from '../../engine/column-plan.ts';

type Relation = Pick<ExportPlan['relation'], 'columns' | 'estimatedBytes' | 'estimatedRows'>;

/** Bytes of a row as the server holds it, on average; absent where it says nothing of the table. */
export function averageRow({ estimatedBytes, estimatedRows }: Relation): number | undefined {
  return estimatedBytes && estimatedRows ? estimatedBytes / estimatedRows : undefined;
}

/** Bytes of a value on average, of which fewer say that most are NULL. */
const SPARSE = 4;

/** Bytes of a table of short rows, of which more don't wait uncompressed: the disk would take longer than to compress them. */
const MOST_BYTES = 2_000_000_000;
const SHORT_ROW_BYTES = 1_024;

/** Where most values are NULL, and in a large table of short rows, NULLs stay so as they wait; of a key none is. */
export function stagedNulls(
  { key, relation }: Pick<ExportPlan, 'key'> & { readonly relation: Relation },
  { name }: Pick<ColumnPlan, 'name'>,
): StagedNulls {
  if (key.includes(name)) return 'none';
  const perRow = averageRow(relation);
  if (perRow === undefined) return 'hidden';
  const isLarge = perRow <= SHORT_ROW_BYTES && Number(relation.estimatedBytes) > MOST_BYTES;
  return isLarge || perRow < SPARSE * relation.columns.length ? 'kept' : 'hidden';
}
