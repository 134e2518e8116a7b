import type { Column, ColumnPlan } from '@snapkeep/sdk';
import { refuseSameFields } from './names.ts';
import { textOf } from './text-form.ts';
import { inexact, typePlan } from './type-plan.ts';

/** Fixes what becomes of each column. */
export function planColumns(columns: readonly (Column & Pick<ColumnPlan, 'sourceName'>)[]): ColumnPlan[] {
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
