import { type ColumnPlan, type ExportPlan, quoteLiteral } from '@snapkeep/sdk';
import { columnExpressions, predicateValue } from '../../engine/column-plan.ts';
import { QUOTE } from './csv-field.ts';
import { type PlainColumn, plainColumns } from './plain-columns.ts';
import { stagedNulls } from './row-width.ts';

/** What DuckDB reads of the CSV at once. A row may not be longer. */
const BUFFER_BYTES = 2 * 1024 * 1024;

/** A row longer than this as CSV needs a statement of its own, with a buffer that holds it. */
export const LONG_ROW_BYTES = 1024 * 1024;

/** Every column as text, numbered, so that no name can hurt; one more where a lone NULL would be an empty line. */
function csvColumns(columns: readonly ColumnPlan[]): string[] {
  const names = columns.map((_, index) => `c${index}`);
  return names.length === 1 ? [...names, 'filler'] : names;
}

const NO_PLAIN: ReadonlyMap<number, PlainColumn> = new Map();

/** What of an export's plan the staging statement needs. */
export type StagedPlan = Pick<ExportPlan, 'columns' | 'key' | 'predicate' | 'relation'>;

function someOf(conditions: readonly string[]): string {
  return conditions.join(' OR ');
}

/** How a validator's predicate calls the columns; those that are missing it can't decide. */
export function predicateNames(columns: readonly ColumnPlan[]): ReadonlyMap<string, string> {
  return new Map(
    columns.flatMap((column, index): [string, string][] => {
      const seen = predicateValue(column, `v${index}`);
      return seen ? [[column.name, `${seen.value === undefined ? 'v' : 'p'}${index}`]] : [];
    }),
  );
}

/**
 * What takes texts `c0 … cN`, some of them as values already, casts each once, marks what was not held exactly and, with a predicate, which rows the
 * validator must see: those that the predicate doesn't let through, and those of which it did not see what came.
 */
function castRows(plan: StagedPlan, rows: string, plain = NO_PLAIN): string {
  const { columns, predicate } = plan;
  const expressions = columns.map((column, index) => {
    const names = { text: `c${index}`, source: `t${index}`, value: `v${index}` };
    return plain.get(index)?.expressions(names) ?? columnExpressions(column, names, stagedNulls(plan, column));
  });
  const trees = expressions.flatMap(({ source }, index) => (source === undefined ? [] : [`${source} AS t${index}`]));
  const cast = expressions.map(({ value }, index) => `${value} AS v${index}`);
  const inexact = expressions.flatMap(({ refused: condition }, index) =>
    condition === undefined ? [] : [`WHEN ${condition} THEN ${index}`],
  );
  const marks = expressions.flatMap(({ substituted }, index) =>
    substituted === undefined ? [] : [{ name: `s${index}`, condition: substituted }],
  );
  const refused = inexact.length === 0 ? 'NULL::INTEGER' : `CASE ${inexact.join(' ')} END`;
  const seen = predicate === null ? [] : columns.map((column, index) => predicateValue(column, `v${index}`));
  const marked = [
    `${refused} AS refused`,
    ...marks.map(({ name, condition }) => `${condition} AS ${name}`),
    ...seen.flatMap((column, index) => (column?.value === undefined ? [] : [`${column.value} AS p${index}`])),
  ];
  const unseen = [
    'refused IS NOT NULL',
    ...marks.map(({ name }) => `coalesce(${name}, false)`),
    ...seen.flatMap((column) => column?.unseen ?? []),
  ];
  const undecided = predicate === null ? 'false' : `(NOT coalesce(${predicate}, false) OR ${someOf(unseen)})`;
  // All of them: for the message of a refusal, and for the validator.
  const texts = columns.map((_, index) => plain.get(index)?.text(`c${index}`) ?? `c${index}`);
  const kept = `CASE WHEN refused IS NOT NULL OR undecided THEN [${texts.join(', ')}] END`;
  const staged = expressions.map(({ staged }, index) => `${staged} AS v${index}`);
  const values = [...staged, ...marks.map(({ name }) => name), 'refused', 'undecided'];
  return `SELECT ${values.join(', ')}, ${kept} AS texts
    FROM (SELECT *, ${undecided} AS undecided FROM (SELECT *, ${marked.join(', ')}
      FROM (SELECT *, ${cast.join(', ')} FROM (SELECT ${['*', ...trees].join(', ')} FROM ${rows}))))`;
}

/** What a table must have for {@link stageStatement}: no row, but the columns with their names and types. */
export function noRowsStatement(plan: StagedPlan): string {
  const texts = plan.columns.map((_, index) => `NULL::VARCHAR AS c${index}`).join(', ');
  return castRows(plan, `(SELECT ${texts} LIMIT 0)`);
}

/** What is known of a CSV. */
export interface RowsCsv {
  readonly path: string;
  /** Of the longest row, bytes; of use where that is more than {@link LONG_ROW_BYTES}. */
  readonly longest: number;
  /** Its texts are those that `ByteFormat` of the SDK promises. */
  readonly plain: boolean;
}

/** Adds the rows of a CSV. */
export function stageStatement({ path, longest, plain }: RowsCsv, plan: StagedPlan): string {
  const found = plain ? plainColumns(plan.columns) : NO_PLAIN;
  const types = new Map([...found].map(([index, { type }]) => [`c${index}`, type]));
  return `INSERT INTO staged ${castRows(plan, readRowsCsv(path, csvColumns(plan.columns), longest, types), found)}`;
}

/**
 * SQL: rows of texts as `csvField` encloses them, one a line.
 * @param names - plain words, two at least
 * @param rowBytes - the length of the longest row, where that is more than {@link LONG_ROW_BYTES}
 * @param types - of columns that are not read as texts, by name
 */
export function readRowsCsv(
  path: string,
  names: readonly string[],
  rowBytes = 0,
  types: ReadonlyMap<string, string> = new Map(),
): string {
  const columns = names.map((name) => `'${name}': '${types.get(name) ?? 'VARCHAR'}'`).join(', ');
  const longest = Math.max(LONG_ROW_BYTES, rowBytes) + 1;
  return `read_csv(${quoteLiteral(path)}, columns = {${columns}}, header = false, auto_detect = false, delim = ',',
    new_line = '\\n', quote = ${quoteLiteral(QUOTE)}, escape = ${quoteLiteral(QUOTE)}, comment = '', null_padding = false, strict_mode = true, nullstr = '', allow_quoted_nulls = false, parallel = false,
    max_line_size = ${longest}, buffer_size = ${Math.max(BUFFER_BYTES, longest)})`;
}
