import type { Column, ColumnPlan, JsonSchema, LogicalType } from '@snapkeep/sdk';
import { createTestContext, prepared, TEST_INSTANT } from '@snapkeep/sdk/conformance';
import { ajvValidator } from '@snapkeep/validate-ajv';
import { columnExpressions, planColumn, predicateValue } from '../../src/engine/column-plan.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { rowBuilder } from '../../src/pipeline/export/row-lane.ts';
import { predicateNames } from '../../src/pipeline/export/stage-sql.ts';

/** A row's texts as the server writes them, and what both said of it. */
export interface BothVerdicts {
  readonly texts: readonly (string | null)[];
  /** TRUE is "valid", anything else sends the row to ajv. */
  readonly sql: boolean;
  readonly ajv: boolean;
}

export interface BenchResult {
  /** Why there is no predicate, or no schema. */
  readonly undecidable?: string;
  readonly sql?: string;
  readonly rows: readonly BothVerdicts[];
}

/** Columns of a table as an export plans them. */
export function plannedColumns(types: Readonly<Record<string, LogicalType>>): readonly ColumnPlan[] {
  return Object.entries(types).map(([name, type]) => {
    const column: Column = { name, sourceType: 'x', type, nullable: true };
    return planColumn(column);
  });
}

/** Rows of server texts, and where DuckDB finds their values as `v0`, `v1` … beside their number `n`. */
export interface StagedRows {
  readonly columns: readonly ColumnPlan[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly from: string;
}

/** Rows of server texts under an export's own casts, as a query. Rows with a value that an export refuses are left out. */
export function stagedRows(columns: readonly ColumnPlan[], rows: readonly (readonly (string | null)[])[]): StagedRows {
  const staged = columns.map((column, index) => {
    const names = { text: `c${index}`, source: `s${index}`, value: `v${index}` };
    const { source = names.text, value, refused } = columnExpressions(column, names, 'kept');
    return {
      source: `${source} AS ${names.source}`,
      value: `${value} AS ${names.value}`,
      refused: `(${refused ?? 'false'})`,
    };
  });
  const literal = (text: string | null) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
  const values = rows.map((texts, n) => `(${[n, ...texts.map(literal)].join(', ')})`).join(', ');
  const names = ['n', ...columns.map((_, index) => `t${index}`)].join(', ');
  const texts = columns.map((_, index) => `CAST(t${index} AS VARCHAR) AS c${index}`).join(', ');
  const given = `(SELECT n, ${texts} FROM (VALUES ${values}) _(${names}))`;
  const sources = `(SELECT *, ${staged.map(({ source }) => source).join(', ')} FROM ${given})`;
  const from = `(SELECT *, ${staged.map(({ value }) => value).join(', ')} FROM ${sources})
    WHERE NOT coalesce(${staged.map(({ refused }) => refused).join(' OR ')}, false)`;
  return { columns, rows, from: `(SELECT * FROM ${from})` };
}

/** Asks both the predicate and ajv about each row. */
export async function bothVerdicts(
  engine: Engine,
  { columns, rows, from }: StagedRows,
  schema: JsonSchema,
): Promise<BenchResult> {
  const compiled = await prepared(
    ajvValidator.compile({ schema, columns, instant: TEST_INSTANT }, createTestContext()),
  ).catch(() => undefined);
  if (!compiled) return { undecidable: 'no schema', rows: [] };
  const predicate = compiled.predicate?.(predicateNames(columns));
  if (!predicate || 'reason' in predicate) return { undecidable: predicate?.reason ?? 'nothing', rows: [] };
  const seen = columns.map((column, index) => predicateValue(column, `v${index}`));
  const values = seen.flatMap((column, index) =>
    column?.value === undefined ? [] : [`, ${column.value} AS p${index}`],
  );
  const unseen = ['false', ...seen.flatMap((column) => column?.unseen ?? [])].join(' OR ');
  const answers = await engine.rows(
    `SELECT n, (${predicate.sql}) AND NOT coalesce(${unseen}, false) AS holds FROM (SELECT *${values.join('')} FROM ${from}) ORDER BY n`,
  );
  const toRow = rowBuilder({ columns });
  return {
    sql: predicate.sql,
    rows: answers.map(({ n, holds }) => {
      const texts = rows[Number(n)] ?? [];
      return { texts, sql: holds === true, ajv: compiled.check(toRow(texts)).length === 0 };
    }),
  };
}
