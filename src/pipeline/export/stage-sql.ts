import { type ColumnPlan, type ExportPlan, quoteLiteral } from '@snapkeep/sdk';
import { type ColumnExpressions, columnExpressions, predicateValue } from '../../engine/column-plan.ts';
import { lost } from '../../engine/value-plan.ts';
import { QUOTE } from './csv-field.ts';
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

/** A column whose texts are plain, as the reader of the CSV is to take it, by SQL: in place of what is done with any text. */
interface PlainColumn {
  /** What is read. */
  readonly type: string;
  /** Of that, the text as the source wrote it. */
  readonly text: (read: string) => string;
  /** Of that, the value, where it is another. */
  readonly value?: (read: string) => string;
}

const NO_PLAIN: ReadonlyMap<string, PlainColumn> = new Map();

/**
 * To make a text of a number first, to cast that and to hold it against the value takes twice as long as to read numbers; to see
 * whether a decimal is one by a pattern, five times as long as to look at its end.
 */
function plainColumn({ type, onInexact, fileType }: ColumnPlan): PlainColumn | undefined {
  if (onInexact !== 'refuse') return undefined;
  switch (type.kind) {
    case 'integer':
      return { type: fileType, text: (read) => `${read}::VARCHAR` };
    case 'boolean':
      return { type: fileType, text: (read) => `CASE WHEN ${read} THEN 't' WHEN NOT ${read} THEN 'f' END` };
    case 'numeric':
      return {
        type: 'VARCHAR',
        text: (read) => read,
        // Neither NaN nor one of the infinities.
        value: (read) => `CASE WHEN suffix(${read}, 'N') OR suffix(${read}, 'y') THEN NULL ELSE ${read} END`,
      };
    default:
      return undefined;
  }
}

/** By the name of the column in the CSV. */
function plainColumns(columns: readonly ColumnPlan[]): ReadonlyMap<string, PlainColumn> {
  return new Map(
    columns.flatMap((column, index) => {
      const plain = plainColumn(column);
      return plain ? [[`c${index}`, plain] as const] : [];
    }),
  );
}

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
function castRows(plan: StagedPlan, rows: string, plainOnes = NO_PLAIN): string {
  const { columns, predicate } = plan;
  const expressions = columns.map((column, index): ColumnExpressions => {
    const names = { text: `c${index}`, source: `t${index}`, value: `v${index}` };
    const plain = plainOnes.get(names.text);
    if (!plain) return columnExpressions(column, names, stagedNulls(plan, column));
    const value = plain.value?.(names.text);
    const refused = value && lost(names.text, names.value);
    return { source: undefined, value: value ?? names.text, staged: names.value, refused, substituted: undefined };
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
  const texts = columns.map((_, index) => plainOnes.get(`c${index}`)?.text(`c${index}`) ?? `c${index}`);
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
  const plainOnes = plain ? plainColumns(plan.columns) : NO_PLAIN;
  const types = new Map([...plainOnes].map(([name, { type }]) => [name, type]));
  return `INSERT INTO staged ${castRows(plan, readRowsCsv(path, csvColumns(plan.columns), longest, types), plainOnes)}`;
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
