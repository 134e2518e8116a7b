import { type Column, isNested, type JsonValue, type LogicalType, quoteLiteral, shapeOf } from '@snapkeep/sdk';

/** A column's value as SQL sees it, and what its JSON form can be; see `toJsonForm` of the SDK. */
export interface SqlValue {
  readonly type: LogicalType;
  /** Of the column's `fileType`. */
  readonly sql: string;
}

/** The elements of a list: their type, and the list in SQL; `undefined` for values that are none. */
export function elementsOf({ type, sql }: SqlValue): { readonly of: LogicalType; readonly sql: string } | undefined {
  if (!isNested(type)) return undefined;
  const shape = shapeOf(type);
  return shape.kind === 'list' ? { of: shape.of, sql } : undefined;
}

/** The fields of a struct by their names; `undefined` for values that are none. */
export function fieldsOf({ type, sql }: SqlValue): ReadonlyMap<string, SqlValue> | undefined {
  if (!isNested(type)) return undefined;
  const shape = shapeOf(type);
  if (shape.kind === 'list') return undefined;
  return new Map(
    shape.fields.map((field) => [field.name, { type: field.type, sql: `${sql}[${quoteLiteral(field.name)}]` }]),
  );
}

/** Whole numbers and their doubles are one and the same up to here. */
const DOUBLE_DIGITS = 15;

const asDouble = (text: string) => `TRY_CAST(${text} AS DOUBLE)`;

/** SQL: the number that JSON has for the value, as the double that JavaScript reads; `undefined` where it has none. */
export function numberOf({ type, sql }: SqlValue): string | undefined {
  switch (type.kind) {
    case 'integer':
      return type.bits === 64 ? `CAST(${sql} AS DOUBLE)` : sql;
    case 'float':
      // JavaScript reads the text: 3.4, not the double next to the float.
      return type.bits === 64 ? sql : asDouble(`CAST(${sql} AS VARCHAR)`);
    case 'decimal':
      return type.precision <= DOUBLE_DIGITS ? `CAST(${sql} AS DOUBLE)` : asDouble(`CAST(${sql} AS VARCHAR)`);
    case 'numeric':
      return asDouble(sql);
    default:
      return undefined;
  }
}

/** The years that the JSON form writes with four digits. */
const FIRST = '0001-01-01';
const LAST = '9999-12-31';

/** SQL: a date or a moment of those years; `undefined` for values of other types. */
export function withinFourDigits({ type, sql }: SqlValue): string | undefined {
  if (type.kind === 'date') return `${sql} BETWEEN DATE '${FIRST}' AND DATE '${LAST}'`;
  if (type.kind !== 'timestamp') return undefined;
  const zone = type.utc ? '+00' : '';
  const name = type.utc ? 'TIMESTAMPTZ' : 'TIMESTAMP';
  return `${sql} BETWEEN ${name} '${FIRST} 00:00:00${zone}' AND ${name} '${LAST} 23:59:59.999999${zone}'`;
}

/** SQL: the text that JSON has for the value; `undefined` where it has none, or another than the file. */
export function textOf({ type, sql }: SqlValue): string | undefined {
  switch (type.kind) {
    case 'string':
    case 'enum':
    case 'opaque':
      return sql;
    case 'uuid':
      return `CAST(${sql} AS VARCHAR)`;
    case 'date':
      // Of other years it is NULL, which decides nothing.
      return `CASE WHEN ${withinFourDigits({ type, sql })} THEN CAST(${sql} AS VARCHAR) END`;
    default:
      return undefined;
  }
}

/** A decimal text of so many characters is within what a double holds, up to 1.8e308: there is no need to make one of it. */
const FINITE_DIGITS = 300;

/** SQL: true where the number is one to JSON, which has no NaN and no infinity; they are texts there. */
export function isNumber(value: SqlValue): string | undefined {
  switch (value.type.kind) {
    case 'integer':
    case 'decimal':
      return `${value.sql} IS NOT NULL`;
    case 'float':
      return `coalesce(isfinite(${value.sql}), false)`;
    case 'numeric':
      return `CASE WHEN strlen(${value.sql}) <= ${FINITE_DIGITS} THEN true ELSE coalesce(isfinite(${asDouble(value.sql)}), false) END`;
    default: {
      const number = numberOf(value);
      return number && `coalesce(isfinite(${number}), false)`;
    }
  }
}

/** Whether the JSON form of every value but NULL is a text. */
export function isAlwaysText({ type: { kind } }: SqlValue): boolean {
  return ['string', 'enum', 'opaque', 'uuid', 'bytes', 'date', 'time', 'timestamp', 'interval'].includes(kind);
}

/** SQL: the value is of one of JSON's types, by what the type of the column can be. */
export function isOfType(value: SqlValue, jsonType: JsonValue): string | undefined {
  const { type, sql } = value;
  if (jsonType === 'null')
    return type.kind === 'json' ? `(${sql} IS NULL OR ${jsonKind(sql, 'NULL')})` : `${sql} IS NULL`;
  if (type.kind === 'json') return jsonDocumentIs(sql, jsonType);
  if (isNested(type)) return jsonType === (elementsOf(value) ? 'array' : 'object') ? `${sql} IS NOT NULL` : undefined;
  if (jsonType === 'boolean') return type.kind === 'boolean' ? `${sql} IS NOT NULL` : undefined;
  if (jsonType === 'string') return isAlwaysText(value) ? `${sql} IS NOT NULL` : undefined;
  const number = numberOf(value);
  const finite = isNumber(value);
  if (number === undefined || finite === undefined) return undefined;
  if (jsonType === 'number' || (jsonType === 'integer' && type.kind === 'integer')) return finite;
  return jsonType === 'integer' ? `(${finite} AND ${number} = trunc(${number}))` : undefined;
}

const jsonKind = (sql: string, ...kinds: readonly string[]) =>
  `coalesce(json_type(${sql}) IN (${kinds.map(quoteLiteral).join(', ')}), false)`;

/** What is JSON needs no parser to be seen as one of these, but where white space comes before. */
const startsWith = (sql: string, bracket: string, otherwise: string) =>
  `CASE WHEN starts_with(${sql}, ${quoteLiteral(bracket)}) THEN true ELSE ${otherwise} END`;

function jsonDocumentIs(sql: string, jsonType: JsonValue): string | undefined {
  switch (jsonType) {
    case 'object':
      return startsWith(sql, '{', jsonKind(sql, 'OBJECT'));
    case 'array':
      return startsWith(sql, '[', jsonKind(sql, 'ARRAY'));
    case 'string':
      return `CASE WHEN starts_with(${sql}, '"') THEN true WHEN starts_with(${sql}, '{') THEN false ELSE ${jsonKind(sql, 'VARCHAR')} END`;
    case 'boolean':
      return jsonKind(sql, 'BOOLEAN');
    case 'integer':
    case 'number':
      // With a fraction or an exponent it may be too large for JavaScript.
      return jsonKind(sql, 'BIGINT', 'UBIGINT');
    default:
      return undefined;
  }
}

/**
 * SQL: of a document that is a text the condition holds; every other one keeps to a keyword of texts. False where an escape
 * could stand for what SQL has no text for.
 */
export function ofJsonText(sql: string, condition: (text: string) => string | undefined): string | undefined {
  const holds = condition(`json_extract_string(${sql}, '$')`);
  return (
    holds &&
    `CASE WHEN starts_with(${sql}, '"') THEN NOT contains(${sql}, '\\u') AND coalesce(${holds}, false)
      WHEN starts_with(${sql}, '{') OR starts_with(${sql}, '[') THEN true
      ELSE ${sql} IS NULL OR ${jsonKind(sql, 'OBJECT', 'ARRAY', 'BOOLEAN', 'NULL', 'BIGINT', 'UBIGINT')} END`
  );
}

/** SQL: the value is this one; `undefined` where SQL can't tell. */
export function equals(value: SqlValue, wanted: JsonValue): string | undefined {
  if (wanted === null) return isOfType(value, 'null');
  if (typeof wanted === 'string') {
    const text = textOf(value);
    // Half of a character would become another in SQL.
    const writable = !wanted.includes('\0') && wanted.isWellFormed();
    return text === undefined || !writable ? undefined : `${text} = ${quoteLiteral(wanted)}`;
  }
  if (typeof wanted === 'number') {
    const number = numberOf(value);
    return number === undefined ? undefined : `${number} = ${numberLiteral(wanted)}`;
  }
  if (typeof wanted === 'boolean') return value.type.kind === 'boolean' ? `${value.sql} = ${wanted}` : undefined;
  return undefined;
}

/** Whole numbers as such, so that no value must be cast to be compared with them. */
export function numberLiteral(number: number): string {
  return Number.isSafeInteger(number) ? String(number) : `CAST('${number}' AS DOUBLE)`;
}

export type Columns = ReadonlyMap<string, SqlValue>;

/** The columns that SQL has a name for. */
export function valuesOf(columns: readonly Column[], names: ReadonlyMap<string, string>): Columns {
  const known = columns.flatMap(({ name, type }): [string, SqlValue][] => {
    const sql = names.get(name);
    return sql === undefined ? [] : [[name, { type, sql }]];
  });
  return new Map(known);
}
