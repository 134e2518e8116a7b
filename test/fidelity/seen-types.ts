import type { ReadType } from './read-value.ts';
import type { Column } from './wide-table.ts';

/** What each type is in the file, as {@link signature} writes it; nested where that differs. Everything else is text. */
const SEEN: Readonly<
  Record<string, string | { readonly column: string; readonly array?: string; readonly nested: string }>
> = {
  boolean: 'boolean',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  oid: 'integer',
  real: 'float32',
  double: 'float64',
  numeric_12_2: 'decimal',
  numeric_38_10: 'decimal',
  numeric_38_38: 'decimal',
  numeric_5_minus_2: 'decimal',
  numeric: 'decimal',
  // A cast to numeric reaches columns and arrays; in a composite it is the server's text.
  money: { column: 'decimal', array: '[decimal]', nested: 'text' },
  bytea: 'bytes',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  date: 'date',
  time: 'time us local',
  timestamp: 'timestamp us local',
  timestamptz: 'timestamp us utc',
  interval: '{months: integer, days: integer, micros: integer}',
  array_int: '[integer]',
  array_bigint: '[integer]',
  array_text: '[text]',
  array_2d: '[[integer]]',
  array_2d_undeclared: '[[integer]]',
  array_numeric: '[decimal]',
  array_timestamptz: '[timestamp us utc]',
  array_json: '[json]',
  composite: '{street: text, No: integer, tags: [integer], seen: timestamp us utc}',
  composite_array: '[{street: text, No: integer, tags: [integer], seen: timestamp us utc}]',
  domain: 'integer',
  domain_array: '[text]',
  int4range: rangeOf('integer'),
  int8range: rangeOf('integer'),
  numrange: rangeOf('decimal'),
  daterange: rangeOf('date'),
  tsrange: rangeOf('timestamp us local'),
  tstzrange: rangeOf('timestamp us utc'),
  multirange: `[${rangeOf('integer')}]`,
};

function rangeOf(bound: string): string {
  return `{lower: ${bound}, upper: ${bound}, lower_inc: boolean, upper_inc: boolean, empty: boolean}`;
}

export function expectedOf({ container, leaf }: Column): string {
  const seen = SEEN[leaf.name] ?? 'text';
  const { column, nested, array = undefined } = typeof seen === 'string' ? { column: seen, nested: seen } : seen;
  // PostgreSQL separates boxes in an array by semicolons, which nobody else does: the array stays its text.
  const list = leaf.name === 'box' ? 'text' : `[${nested}]`;
  const composite = `{one: ${nested}, many, "quoted": ${list}}`;
  switch (container) {
    case 'array':
      return array ?? list;
    case 'composite':
      return composite;
    case 'composites':
      return `[${composite}]`;
    case 'range':
      return rangeOf(nested);
    case 'multirange':
      return `[${rangeOf(nested)}]`;
    default:
      return column;
  }
}

/** A type on one line, as the table above has it. */
export function signature(type: ReadType): string {
  switch (type.kind) {
    case 'float':
      return `float${type.bits}`;
    case 'time':
    case 'timestamp':
      return `${type.kind} ${type.unit}${type.utc === null ? '' : type.utc ? ' utc' : ' local'}`;
    case 'list':
      return `[${signature(type.of)}]`;
    case 'struct':
      return `{${type.fields.map((field) => `${field.name}: ${signature(field.type)}`).join(', ')}}`;
    case 'map':
      return `map<${signature(type.key)}, ${signature(type.value)}>`;
    default:
      return type.kind;
  }
}

/** Physical and logical types as pyarrow prints them. */
export const LOGICAL: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  smallint: 'int32 (Int(bitWidth=16, isSigned=true))',
  integer: 'int32 (Int(bitWidth=32, isSigned=true))',
  bigint: 'int64 (Int(bitWidth=64, isSigned=true))',
  real: 'float',
  double: 'double',
  numeric_12_2: 'int64 (Decimal(precision=12, scale=2))',
  numeric_38_10: 'fixed_len_byte_array(16) (Decimal(precision=38, scale=10))',
  text: 'binary (String)',
  enum: 'binary (String)',
  bytea: 'binary',
  json: 'binary (JSON)',
  jsonb: 'binary (JSON)',
  uuid: 'fixed_len_byte_array(16) (UUID)',
  date: 'int32 (Date)',
  time: 'int64 (Time(isAdjustedToUTC=false, timeUnit=microseconds))',
  timestamp: 'int64 (Timestamp(isAdjustedToUTC=false, timeUnit=microseconds))',
  timestamptz: 'int64 (Timestamp(isAdjustedToUTC=true, timeUnit=microseconds))',
};
