import { type ColumnPlan, heldType } from '@snapkeep/sdk';
import { type FileType, parseFileType } from '../../engine/file-type.ts';
import { isWideInteger } from '../../engine/wide-integers.ts';
import type { RowForm } from './row-forms.ts';
import { GENERATED_MARKER, typeName } from './typescript.ts';

/** A column of a published snapshot. */
export type RowColumn = Pick<
  ColumnPlan,
  'name' | 'fileType' | 'nullable' | 'type' | 'held' | 'onInexact' | 'comment' | 'sourceType'
>;

const FLOATING = `number | 'NaN' | 'Infinity' | '-Infinity'`;

/** DuckDB's type → what its JSON form is; every other is a text. */
const IN_JSON: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'number',
  SMALLINT: 'number',
  INTEGER: 'number',
  UTINYINT: 'number',
  USMALLINT: 'number',
  UINTEGER: 'number',
  FLOAT: FLOATING,
  DOUBLE: FLOATING,
};

/** DuckDB's type → the type of its value in the Node API; every other is a text. */
const IN_NODE: Readonly<Record<string, string>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'number',
  SMALLINT: 'number',
  INTEGER: 'number',
  UTINYINT: 'number',
  USMALLINT: 'number',
  UINTEGER: 'number',
  BIGINT: 'bigint',
  UBIGINT: 'bigint',
  HUGEINT: 'bigint',
  UHUGEINT: 'bigint',
  FLOAT: 'number',
  DOUBLE: 'number',
  UUID: 'DuckDBUUIDValue',
  BLOB: 'DuckDBBlobValue',
  DATE: 'DuckDBDateValue',
  TIME: 'DuckDBTimeValue',
  TIMESTAMP: 'DuckDBTimestampValue',
  'TIMESTAMP WITH TIME ZONE': 'DuckDBTimestampTZValue',
};

function orNull(type: string): string {
  return `${type} | null`;
}

function inParentheses(type: string): string {
  return type.includes('|') || type.includes('&') ? `(${type})` : type;
}

function key(name: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : JSON.stringify(name);
}

function fieldsOf(fields: readonly { readonly name: string; readonly type: string }[]): string {
  return `{ ${fields.map(({ name, type }) => `${key(name)}: ${orNull(type)}`).join('; ')} }`;
}

/** Parts may always be NULL. 64-bit integers in lists and structs stay texts. */
function jsonType(type: FileType): string {
  switch (type.kind) {
    case 'plain':
      return IN_JSON[type.name] ?? 'string';
    case 'decimal':
      return 'string';
    case 'list':
      return `${inParentheses(orNull(jsonType(type.of)))}[]`;
    case 'struct':
      return fieldsOf(type.fields.map(({ name, type: of }) => ({ name, type: jsonType(of) })));
  }
}

function nodeType(type: FileType): string {
  switch (type.kind) {
    case 'plain':
      return IN_NODE[type.name] ?? 'string';
    case 'decimal':
      return 'DuckDBDecimalValue';
    case 'list':
      return `DuckDBListValue & { readonly items: readonly ${inParentheses(orNull(nodeType(type.of)))}[] }`;
    case 'struct':
      return `DuckDBStructValue & { readonly entries: ${fieldsOf(type.fields.map(({ name, type: of }) => ({ name, type: nodeType(of) })))} }`;
  }
}

function columnType(column: RowColumn, form: Exclude<RowForm, 'json'>): string {
  const held = heldType(column);
  if (held.kind === 'enum') return held.labels.map((label) => JSON.stringify(label)).join(' | ') || 'string';
  const type = parseFileType(column.fileType);
  if (form === 'duckdb') return nodeType(type);
  // Wide integers are numbers where those hold them exactly.
  return isWideInteger(column.fileType) ? 'number | string' : jsonType(type);
}

/** A comment can't end early. */
function documented(text: string): string {
  return text.replaceAll('*/', '*\\/').replaceAll(/\s*[\r\n]+\s*/g, ' ');
}

/**
 * The TypeScript of one row as it is read from a snapshot. The same columns give the same text.
 * @param origin - for the first line
 */
export function rowTypeScript(
  columns: readonly RowColumn[],
  dataset: string,
  origin: string,
  form: Exclude<RowForm, 'json'>,
): string {
  const lines = columns.flatMap((column) => {
    const type = columnType(column, form);
    // A policy may have put NULL where the source has none.
    const nullable = column.nullable || column.onInexact === 'null';
    return [
      `  /** ${documented(column.comment ?? column.sourceType)} */`,
      `  ${key(column.name)}: ${nullable ? orNull(inParentheses(type)) : type};`,
    ];
  });
  const body = lines.join('\n');
  const imported = [...new Set(body.match(/\bDuckDB\w+Value\b/g) ?? [])].sort();
  const imports = imported.length === 0 ? '' : `import type { ${imported.join(', ')} } from '@duckdb/node-api';\n\n`;
  const what =
    form === 'duckdb' ? 'getRowObjects() of @duckdb/node-api' : 'snapkeep query --json, by the names of its columns';
  return `${GENERATED_MARKER} from ${documented(origin)}. Do not edit.

${imports}/** One row of ${dataset} as ${what} gives it. */
export interface ${typeName(dataset)}${form === 'duckdb' ? 'DuckDB' : 'Query'}Row {
${body}
}
`;
}
