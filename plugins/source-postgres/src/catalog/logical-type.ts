import type { LogicalType } from '@snapkeep/sdk';
import { moneyAsNumeric } from './money.ts';
import type { CatalogType, TypeCatalog } from './type-catalog.ts';

/** Types of pg_catalog with a meaning of their own; all others are `opaque`. */
const BUILT_IN: Readonly<Record<string, (typmod: number) => LogicalType>> = {
  bool: () => ({ kind: 'boolean' }),
  int2: () => ({ kind: 'integer', bits: 16 }),
  int4: () => ({ kind: 'integer', bits: 32 }),
  int8: () => ({ kind: 'integer', bits: 64 }),
  // Unsigned and 32 bits wide.
  oid: () => ({ kind: 'integer', bits: 64 }),
  float4: () => ({ kind: 'float', bits: 32 }),
  float8: () => ({ kind: 'float', bits: 64 }),
  numeric: numericType,
  text: () => ({ kind: 'string' }),
  name: () => ({ kind: 'string' }),
  varchar: limitedString,
  bpchar: limitedString,
  uuid: () => ({ kind: 'uuid' }),
  json: () => ({ kind: 'json' }),
  jsonb: () => ({ kind: 'json' }),
  bytea: () => ({ kind: 'bytes' }),
  date: () => ({ kind: 'date' }),
  time: () => ({ kind: 'time' }),
  timestamp: () => ({ kind: 'timestamp', utc: false }),
  timestamptz: () => ({ kind: 'timestamp', utc: true }),
  interval: () => ({ kind: 'interval' }),
};

const OPAQUE: LogicalType = { kind: 'opaque' };

/** Lengths and precisions are stored with the size of a varlena header added (VARHDRSZ). */
const HEADER = 4;

/** What a type means. `typmod` is the column's own; a domain brings that of its base type. */
export function logicalType(oid: string, typmod: number, types: TypeCatalog): LogicalType {
  return moneyAsNumeric(oid, types)?.type ?? meaning(oid, typmod, types, []);
}

/** `integer[][]` and `integer[]` are one type to PostgreSQL; how many dimensions were declared says what is likely to come. */
export function withDimensions(type: LogicalType, dimensions: number): LogicalType {
  return type.kind === 'list' && dimensions > 1 ? { kind: 'list', of: withDimensions(type, dimensions - 1) } : type;
}

function meaning(oid: string, typmod: number, types: TypeCatalog, within: readonly string[]): LogicalType {
  const type = types.get(oid);
  // Nothing contains itself in PostgreSQL; a catalog that says so must not hang us.
  if (type === undefined || within.includes(oid)) return OPAQUE;
  const part = (of: string, mod: number) => meaning(of, mod, types, [...within, oid]);

  if (type.element !== null) {
    const element = part(type.element, typmod);
    // An array within an array (by a domain) is text in quotes, where a second dimension has braces of its own.
    return { kind: 'list', of: element.kind === 'list' ? OPAQUE : element };
  }
  switch (type.kind) {
    case 'd':
      return part(type.baseType, type.baseTypmod);
    case 'e':
      return { kind: 'enum', labels: type.labels };
    case 'c':
      return structType(type, part);
    case 'r':
    case 'm':
      return type.rangeOf === null ? OPAQUE : { kind: 'range', of: part(type.rangeOf, -1), multi: type.kind === 'm' };
    default:
      return baseType(type, typmod);
  }
}

function structType(type: CatalogType, part: (oid: string, typmod: number) => LogicalType): LogicalType {
  if (type.fields.length === 0) return OPAQUE;
  return {
    kind: 'struct',
    fields: type.fields.map((field) => ({ name: field.name, type: part(field.type, field.typmod) })),
  };
}

function baseType(type: CatalogType, typmod: number): LogicalType {
  if (type.schema === 'pg_catalog') {
    return Object.hasOwn(BUILT_IN, type.name) ? (BUILT_IN[type.name]?.(typmod) ?? OPAQUE) : OPAQUE;
  }
  // Of an extension, in whatever schema that was installed.
  return type.name === 'citext' ? { kind: 'string' } : OPAQUE;
}

function limitedString(typmod: number): LogicalType {
  return typmod < HEADER ? { kind: 'string' } : { kind: 'string', maxLength: typmod - HEADER };
}

/**
 * `numeric(p,s)`: p in the upper 16 bits, s in the lower 11, signed since PostgreSQL 15
 * (make_numeric_typmod in src/backend/utils/adt/numeric.c).
 */
function numericType(typmod: number): LogicalType {
  if (typmod < HEADER) return { kind: 'numeric' };
  const precision = ((typmod - HEADER) >> 16) & 0xffff;
  const scale = (((typmod - HEADER) & 0x7ff) ^ 1024) - 1024;
  return precision <= 38 && scale >= 0 && scale <= precision
    ? { kind: 'decimal', precision, scale }
    : { kind: 'numeric' };
}

/** How SQL gets at a column. */
export interface ColumnAccess {
  /** An expression for its value. */
  readonly value: string;
  /** The type to which a filter's value is cast. */
  readonly castName: string;
}

/** @param reference - the column as SQL names it */
export function columnAccess(reference: string, oid: string, types: TypeCatalog): ColumnAccess {
  const money = moneyAsNumeric(oid, types);
  return money
    ? { value: `${reference}::${money.cast}`, castName: money.cast }
    : { value: reference, castName: castNameOf(oid, types) };
}

/** The name with which a value of this type is cast: that of the base type, without a length that would cut it. */
function castNameOf(oid: string, types: TypeCatalog): string {
  let type = types.get(oid);
  // A cast to a domain would check its conditions, which say nothing about what is looked for.
  while (type?.kind === 'd' && types.has(type.baseType)) type = types.get(type.baseType);
  return type?.castName ?? 'text';
}
