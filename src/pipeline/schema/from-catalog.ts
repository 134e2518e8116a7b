import {
  type Column,
  elementOf,
  type JsonSchema,
  type JsonValue,
  type LogicalType,
  type NestedType,
  shapeOf,
} from '@snapkeep/sdk';
import type { NamedRelation } from '../rename.ts';

/** Numbers that JSON lacks arrive as text; they are the database's to allow. */
export const NOT_FINITE = ['NaN', 'Infinity', '-Infinity'];

/** More digits than a JSON number holds: they arrive as text too. */
const LONG_NUMBER = { type: 'string', pattern: '^-?[0-9.]+$' };

/** Names under which a time column is usually found, in the order in which they are tried. */
const TIME_NAMES = ['timestamp', 'created_at', 'createdat', 'event_time', 'eventtime', 'occurred_at', 'time', 'ts'];

/** The dataset's time column by convention, where there is exactly one candidate by the first name that fits. */
export function inferTimeColumn(columns: readonly Column[]): string | undefined {
  const temporal = columns.filter(({ type }) => type.kind === 'timestamp' || type.kind === 'date');
  for (const name of TIME_NAMES) {
    const found = temporal.find((column) => column.name.toLowerCase() === name);
    if (found) return found.name;
  }
  return undefined;
}

function orNull(type: string, nullable: boolean): JsonValue {
  return nullable ? [type, 'null'] : type;
}

function typeSchema(type: LogicalType, nullable: boolean): { readonly [keyword: string]: JsonValue } {
  switch (type.kind) {
    case 'boolean':
      return { type: orNull('boolean', nullable) };
    case 'integer':
      return { type: orNull('integer', nullable) };
    case 'decimal':
      // Only a numeric of no declared size holds infinity.
      return { anyOf: [{ type: orNull('number', nullable) }, { enum: ['NaN'] }] };
    case 'float':
      return { anyOf: [{ type: orNull('number', nullable) }, { enum: NOT_FINITE }] };
    case 'numeric':
      return { anyOf: [{ type: orNull('number', nullable) }, { enum: NOT_FINITE }, LONG_NUMBER] };
    case 'enum':
      return { enum: nullable ? [...type.labels, null] : type.labels };
    case 'json':
      // Any document; SQL NULL and the document null look the same to JSON.
      return {};
    case 'uuid':
      return { type: orNull('string', nullable), format: 'uuid' };
    case 'string':
      return {
        type: orNull('string', nullable),
        ...(type.maxLength === undefined ? {} : { maxLength: type.maxLength }),
      };
    case 'bytes':
      return { type: orNull('string', nullable), contentEncoding: 'base64' };
    case 'date':
    case 'time':
    case 'timestamp':
    case 'interval':
    case 'opaque':
      return { type: orNull('string', nullable) };
    case 'list':
      return listSchema(type, nullable);
    case 'struct':
    case 'range':
      return nestedSchema(type, nullable);
  }
}

/** An array may have other dimensions than its type says, so that its elements are arrays. */
function listSchema(type: LogicalType, nullable: boolean): { readonly [keyword: string]: JsonValue } {
  const flat = { type: orNull('array', nullable), items: typeSchema(elementOf(type).element, true) };
  return { anyOf: [flat, { type: 'array', items: { type: 'array' } }, { type: 'string' }] };
}

/** Parts may always be NULL: PostgreSQL has no way to forbid it. A text is what no list holds, refused later by name. */
function nestedSchema(type: NestedType, nullable: boolean): { readonly [keyword: string]: JsonValue } {
  const shape = shapeOf(type);
  if (shape.kind === 'list') {
    return { anyOf: [{ type: orNull('array', nullable), items: typeSchema(shape.of, true) }, { type: 'string' }] };
  }
  const properties = record(shape.fields.map((field) => [field.name, typeSchema(field.type, true)]));
  const required = shape.fields.map(({ name }) => name);
  return {
    anyOf: [
      { type: orNull('object', nullable), properties, required, additionalProperties: false },
      { type: 'string' },
    ],
  };
}

/** Own properties only, also for a column called `__proto__`. */
function record(entries: readonly (readonly [string, JsonValue])[]): { readonly [key: string]: JsonValue } {
  return Object.fromEntries(entries);
}

/**
 * The JSON Schema that the catalog implies: types, nullability, lengths, enums, comments, key. Every row that
 * the server can hold passes it. Deterministic: columns in the relation's order.
 */
export function inferSchema(dataset: string, relation: NamedRelation, key: readonly string[]): JsonSchema {
  const time = inferTimeColumn(relation.columns);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: dataset,
    ...(relation.comment === undefined ? {} : { description: relation.comment }),
    type: 'object',
    properties: record(
      relation.columns.map((column) => [
        column.name,
        {
          ...typeSchema(column.type, column.nullable),
          ...(column.comment === undefined ? {} : { description: column.comment }),
          'x-source-type': column.sourceType,
        },
      ]),
    ),
    required: relation.columns.map(({ name }) => name),
    additionalProperties: false,
    ...(key.length > 0 ? { 'x-key': key } : {}),
    ...(time === undefined ? {} : { 'x-time': time }),
  };
}
