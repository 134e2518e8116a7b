import { type ColumnPlan, quoteLiteral } from '@snapkeep/sdk';
import { columnExpressions } from '../../engine/column-plan.ts';
import { QUOTE } from './csv-pipe.ts';

/** What DuckDB reads of the CSV at once. A row may not be longer. */
const BUFFER_BYTES = 2 * 1024 * 1024;

/** A row longer than this as CSV needs a statement of its own, with a buffer that holds it. */
export const LONG_ROW_BYTES = 1024 * 1024;

/** Every column as text, numbered, so that no name can hurt; one more where a lone NULL would be an empty line. */
function csvColumns(columns: readonly ColumnPlan[]): string[] {
  const names = columns.map((_, index) => `c${index}`);
  return names.length === 1 ? [...names, 'filler'] : names;
}

/** What takes texts `c0 … cN`, casts each once and marks what was not held exactly. */
function castRows(columns: readonly ColumnPlan[], texts: string): string {
  const expressions = columns.map((column, index) =>
    columnExpressions(column, { text: `c${index}`, source: `t${index}`, value: `v${index}` }),
  );
  const trees = expressions.flatMap(({ source }, index) => (source === undefined ? [] : [`${source} AS t${index}`]));
  const cast = expressions.map(({ value }, index) => `${value} AS v${index}`);
  const inexact = expressions.flatMap(({ refused: condition }, index) =>
    condition === undefined ? [] : [{ index, condition }],
  );
  const marks = expressions.flatMap(({ substituted }, index) =>
    substituted === undefined ? [] : [`${substituted} AS s${index}`],
  );
  const refused = inexact.length
    ? `CASE ${inexact.map(({ index, condition }) => `WHEN ${condition} THEN ${index}`).join(' ')} END`
    : 'NULL::INTEGER';
  // All of them, for the message: which other columns are refused is asked only where one is (refusal.ts).
  const refusedTexts = `CASE WHEN refused IS NOT NULL THEN [${columns.map((_, index) => `c${index}`).join(', ')}] END`;
  const values = [...columns.map((_, index) => `v${index}`), ...marks].join(', ');
  return `SELECT ${values}, refused, ${refusedTexts} AS refused_texts
    FROM (SELECT *, ${refused} AS refused FROM (SELECT *, ${cast.join(', ')} FROM (SELECT ${['*', ...trees].join(', ')} FROM ${texts})))`;
}

/** The table in which the rows wait, without a row. */
export function createStatement(columns: readonly ColumnPlan[]): string {
  const texts = columns.map((_, index) => `NULL::VARCHAR AS c${index}`).join(', ');
  return `CREATE TABLE staged AS ${castRows(columns, `(SELECT ${texts} LIMIT 0)`)}`;
}

/**
 * Adds the rows of a CSV.
 * @param rowBytes - the length of its one row, where that is more than {@link LONG_ROW_BYTES}
 */
export function stageStatement(path: string, columns: readonly ColumnPlan[], rowBytes = 0): string {
  return `INSERT INTO staged ${castRows(columns, readRowsCsv(path, csvColumns(columns), rowBytes))}`;
}

/**
 * SQL: rows of texts as `csvField` encloses them, one a line.
 * @param names - plain words, two at least
 * @param rowBytes - the length of the longest row, where that is more than {@link LONG_ROW_BYTES}
 */
export function readRowsCsv(path: string, names: readonly string[], rowBytes = 0): string {
  const types = names.map((name) => `'${name}': 'VARCHAR'`).join(', ');
  const longest = Math.max(LONG_ROW_BYTES, rowBytes) + 1;
  return `read_csv(${quoteLiteral(path)}, columns = {${types}}, header = false, auto_detect = false, delim = ',',
    new_line = '\\n', quote = ${quoteLiteral(QUOTE)}, escape = ${quoteLiteral(QUOTE)}, comment = '', null_padding = false, strict_mode = true, nullstr = '', allow_quoted_nulls = false, parallel = false,
    max_line_size = ${longest}, buffer_size = ${Math.max(BUFFER_BYTES, longest)})`;
}
