import {
  type ColumnPlan,
  type ExportPlan,
  heldType,
  isNested,
  type LogicalType,
  quoteLiteral,
  shapeOf,
} from '@snapkeep/sdk';
import { stagedValue } from '../../engine/column-plan.ts';
import type { Engine } from '../../engine/engine.ts';
import { stagedNulls } from './row-width.ts';

/** Columns measured in one statement. */
const COLUMNS_PER_PASS = 64;

/** Names of lambda parameters must differ where lambdas stand in one another. */
function beyondYears(type: LogicalType, value: string, depth: number): string | undefined {
  if (type.kind === 'date') return `(${value} < DATE '0001-01-01' OR ${value} > DATE '9999-12-31')`;
  if (type.kind === 'timestamp') {
    const literal = (day: string) => (type.utc ? `TIMESTAMPTZ '${day} 00:00:00+00'` : `TIMESTAMP '${day} 00:00:00'`);
    return `(${value} < ${literal('0001-01-01')} OR ${value} >= ${literal('10000-01-01')})`;
  }
  if (!isNested(type)) return undefined;
  const shape = shapeOf(type);
  if (shape.kind === 'list') {
    const element = `y${depth}`;
    const inner = beyondYears(shape.of, element, depth + 1);
    return inner && `list_bool_or(list_transform(${value}, lambda ${element}: ${inner}))`;
  }
  const parts = shape.fields.flatMap(
    ({ name, type: of }) => beyondYears(of, `struct_extract(${value}, ${quoteLiteral(name)})`, depth) ?? [],
  );
  return parts.length === 0 ? undefined : `(${parts.map((part) => `coalesce(${part}, false)`).join(' OR ')})`;
}

/**
 * Dates and timestamps before the year 1 or after 9999 are held exactly, but many readers of Parquet refuse or change
 * them (Python's datetime ends there): a column that has such a value is `annotated`.
 */
export async function markFarYears(engine: Engine, plan: ExportPlan): Promise<ExportPlan> {
  const conditions = plan.columns.flatMap((column, index) => {
    const condition =
      column.fidelity === 'exact'
        ? beyondYears(heldType(column), stagedValue(column, index, stagedNulls(plan, column)), 0)
        : undefined;
    return condition === undefined ? [] : [{ index, condition }];
  });
  const far = new Set<number>();
  for (let from = 0; from < conditions.length; from += COLUMNS_PER_PASS) {
    const pass = conditions.slice(from, from + COLUMNS_PER_PASS);
    const row = await engine.row(
      `SELECT ${pass.map(({ index, condition }) => `bool_or(${condition}) AS far${index}`).join(', ')} FROM staged`,
    );
    for (const { index } of pass) if (row[`far${index}`] === true) far.add(index);
  }
  if (far.size === 0) return plan;
  const mark = (column: ColumnPlan, index: number): ColumnPlan =>
    far.has(index) ? { ...column, fidelity: 'annotated' } : column;
  return { ...plan, columns: plan.columns.map(mark) };
}
