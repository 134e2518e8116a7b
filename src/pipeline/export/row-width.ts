import type { ColumnPlan, ExportPlan } from '@snapkeep/sdk';
import type { StagedNulls } from '../../engine/column-plan.ts';

type Relation = ExportPlan['relation'];

/** Bytes of a row as the server holds it, on average; absent where it says nothing of the table. */
export function averageRow({ estimatedBytes, estimatedRows }: Relation): number | undefined {
  return estimatedBytes && estimatedRows ? estimatedBytes / estimatedRows : undefined;
}

/** Bytes of a value on average, of which fewer say that most are NULL. */
const SPARSE = 4;

/** Where most values are NULL, they stay so as they wait; of a key none is. */
export function stagedNulls(
  { key, relation }: Pick<ExportPlan, 'key' | 'relation'>,
  { name }: Pick<ColumnPlan, 'name'>,
): StagedNulls {
  if (key.includes(name)) return 'none';
  const perRow = averageRow(relation);
  return perRow !== undefined && perRow < SPARSE * relation.columns.length ? 'kept' : 'hidden';
}
