import { type ColumnPlan, type ExportPlan, heldType } from '@snapkeep/sdk';
import { stagedValue, textExpression } from '../../engine/column-plan.ts';
import type { Engine, EngineValue } from '../../engine/engine.ts';
import { MASKED } from '../invalid/shown.ts';
import { stagedNulls } from './row-width.ts';

/** A row's key as text, by the names of its columns, sensitive ones masked; empty where the dataset has no key. */
export type RowKey = Readonly<Record<string, string | null>>;

interface StagedRows {
  readonly engine: Engine;
  readonly plan: ExportPlan;
}

/** Digits in text would sort as letters: a numeric waits as text until its size is known. */
function orderOf(column: ColumnPlan, value: string): string {
  return heldType(column).kind === 'numeric' ? `TRY_CAST(${value} AS DOUBLE), ${value}` : value;
}

/**
 * The first staged rows for which a condition holds, in the order of the key.
 * @param where - SQL over the columns of `staged`
 * @param more - expressions over these columns, whose values come with the keys; they decide the order of rows without a key
 */
export async function firstRows(
  { engine, plan }: StagedRows,
  where: string,
  limit: number,
  more: readonly string[] = [],
): Promise<{ key: RowKey; values: EngineValue[] }[]> {
  const parts = plan.key.flatMap((name) => {
    const index = plan.columns.findIndex((column) => column.name === name);
    const column = plan.columns[index];
    return column ? [{ name, column, value: stagedValue(column, index, stagedNulls(plan, column)) }] : [];
  });
  const keys = parts.map(({ column, value }, index) => `${textExpression(column, value)} AS k${index}`);
  const values = more.map((expression, index) => `${expression} AS m${index}`);
  const order = [...parts.map(({ column, value }) => orderOf(column, value)), ...more].join(', ');
  const rows = await engine.rows(
    `SELECT ${[...keys, ...values].join(', ')} FROM staged WHERE ${where} ORDER BY ${order} LIMIT ${limit}`,
  );
  return rows.map((row) => ({
    key: Object.fromEntries(
      parts.map(({ name }, index) => [name, plan.sensitive.includes(name) ? MASKED : textOrNull(row[`k${index}`])]),
    ),
    values: values.map((_, index) => row[`m${index}`] ?? null),
  }));
}

function textOrNull(value: EngineValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
