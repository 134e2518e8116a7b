import { type Column, type ColumnPlan, type LogicalType, SnapkeepError, shapeOf } from '@snapkeep/sdk';
import { textOf } from './text-form.ts';
import { inexact, partsOf, typePlan } from './type-plan.ts';

/** Names that DuckDB can't tell apart are refused, also those of fields. */
function refuseSameNames(names: readonly string[], where: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new SnapkeepError(
        'SNAPKEEP_COLUMN_REFUSED',
        `the ${where} ${JSON.stringify(other)} and ${JSON.stringify(name)} differ in case only, which DuckDB can't tell apart`,
        { details: { columns: [other, name] } },
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}

function refuseSameFields(type: LogicalType, column: string): void {
  const shape = shapeOf(type);
  if (!shape) return;
  if (shape.kind === 'struct')
    refuseSameNames(
      shape.fields.map(({ name }) => name),
      `fields of ${JSON.stringify(column)},`,
    );
  for (const part of partsOf(shape)) refuseSameFields(part, column);
}

/** Fixes what becomes of each column. */
export function planColumns(columns: readonly Column[]): ColumnPlan[] {
  refuseSameNames(
    columns.map(({ name }) => name),
    'columns',
  );
  for (const { name, type } of columns) refuseSameFields(type, name);
  return columns.map((column) => {
    const { fileType, parquetType, fidelity } = typePlan(column.type);
    return { ...column, fileType, parquetType, fidelity };
  });
}

/** SQL: a column's text → its value; NULL where the text can't become one. */
export function castExpression(column: Column, text: string): string {
  return typePlan(column.type).cast?.(text) ?? text;
}

/** SQL: true where the text is there but is not exactly the value; `undefined` where that can't be. */
export function inexactExpression(column: Column, text: string, value: string): string | undefined {
  const { cast, changed } = typePlan(column.type);
  return cast ? inexact(text, value, changed) : undefined;
}

/** SQL: a value → its text in the form of its logical type, for writers that take text. */
export function textExpression(column: Pick<Column, 'type'>, value: string): string {
  return textOf(column.type, value);
}
