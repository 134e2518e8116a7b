import type { Column, ColumnPlan, JsonSchema, LogicalType } from '@snapkeep/sdk';
import { createTestContext, TEST_INSTANT } from '@snapkeep/sdk/conformance';
import { ajvValidator } from '@snapkeep/validate-ajv';
import { columnExpressions, planColumn } from '../../src/engine/column-plan.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { rowBuilder } from '../../src/pipeline/export/row-lane.ts';

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
    const { value, refused } = columnExpressions(
      column,
      { text: `c${index}`, source: `c${index}`, value: `v${index}` },
      'kept',
    );
    return { value: `${value} AS v${index}`, refused: `(${refused ?? 'false'})` };
  });
  const literal = (text: string | null) => (text === null ? 'NULL' : `'${text.replaceAll("'", "''")}'`);
  const values = rows.map((texts, n) => `(${[n, ...texts.map(literal)].join(', ')})`).join(', ');
  const names = ['n', ...columns.map((_, index) => `t${index}`)].join(', ');
  const texts = columns.map((_, index) => `CAST(t${index} AS VARCHAR) AS c${index}`).join(', ');
  const from = `(SELECT *, ${staged.map(({ value }) => value).join(', ')} FROM (SELECT n, ${texts} FROM (VALUES ${values}) _(${names}))
    WHERE NOT coalesce(${staged.map(({ refused }) => refused).join(' OR ')}, false))`;
  return { columns, rows, from };
}

/** Asks both the predicate and ajv about each row. */
export async function bothVerdicts(
  engine: Engine,
  { columns, rows, from }: StagedRows,
  schema: JsonSchema,
): Promise<BenchResult> {
  const compiled = await ajvValidator
    .compile({ schema, columns, instant: TEST_INSTANT }, createTestContext())
    .catch(() => undefined);
  if (!compiled) return { undecidable: 'no schema', rows: [] };
  const predicate = compiled.predicate?.(new Map(columns.map(({ name }, index) => [name, `v${index}`])));
  if (!predicate || 'reason' in predicate) return { undecidable: predicate?.reason ?? 'nothing', rows: [] };
  const answers = await engine.rows(`SELECT n, (${predicate.sql}) AS holds FROM ${from} ORDER BY n`);
  const toRow = rowBuilder({ columns });
  return {
    sql: predicate.sql,
    rows: answers.map(({ n, holds }) => {
      const texts = rows[Number(n)] ?? [];
      return { texts, sql: holds === true, ajv: compiled.check(toRow(texts)).length === 0 };
    }),
  };
}
