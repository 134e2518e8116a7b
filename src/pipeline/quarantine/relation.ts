import { type ColumnPlan, type ExportPlan, heldType, isNested, quoteIdentifier, quoteLiteral } from '@snapkeep/sdk';
import { readRowsCsv } from '../export/stage-sql.ts';
import type { QuarantineSpill } from '../invalid/spill.ts';

/** One reason, as DuckDB's JSON transform describes it. docs/formats.md has the file's columns. */
const REASONS =
  '[{"column": "VARCHAR", "pointer": "VARCHAR", "keyword": "VARCHAR", "schema_path": "VARCHAR", "message": "VARCHAR"}]';

/** A text of the source in its own order, digits by size; what can't be cast comes last. */
function orderOf(column: ColumnPlan, text: string): string[] {
  const held = heldType(column);
  if (held.kind === 'numeric') return [`TRY_CAST(${text} AS DOUBLE) NULLS LAST`, `${text} NULLS LAST`];
  if (isNested(held) || held.kind === 'interval' || held.kind === 'bytes') return [`${text} NULLS LAST`];
  return [`TRY_CAST(${text} AS ${column.fileType}) NULLS LAST`, `${text} NULLS LAST`];
}

/**
 * SQL: the rows that wait in a spill as the quarantine's file holds them. In the key's order, then in one that follows from
 * the rows alone (DuckDB's own hash: SHA-256 would take as long as all the rest): the same rows give the same bytes, in
 * whatever order they came.
 */
export function quarantineSelect(plan: Pick<ExportPlan, 'columns' | 'key'>, spill: QuarantineSpill): string {
  const texts = plan.columns.map((_, index) => `c${index}`);
  const rows = readRowsCsv(spill.path, ['reasons', ...texts], spill.longestBytes);
  const parts = plan.key.flatMap((name) => {
    const index = plan.columns.findIndex((column) => column.name === name);
    const column = plan.columns[index];
    return column ? [{ name, column, text: `c${index}` }] : [];
  });
  const key = parts.map(({ name, text }) => `${quoteLiteral(name)}, ${text}`).join(', ');
  const source = plan.columns.map(({ name }, index) => `${quoteIdentifier(name)} := c${index}`).join(', ');
  const order = [
    ...parts.flatMap(({ column, text }) => orderOf(column, text)),
    `hash(${['reasons', ...texts].join(', ')})`,
  ];
  return `SELECT ${parts.length > 0 ? `json_object(${key})` : 'NULL::JSON'} AS "key",
      from_json(reasons, ${quoteLiteral(REASONS)}) AS violations, struct_pack(${source}) AS source
    FROM ${rows} ORDER BY ${order.join(', ')}`;
}
