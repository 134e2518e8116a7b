import type { JsonValue } from '../json-form.ts';
import { SCHEMA_KEYWORDS, type SchemaKeywordRole } from './keywords.ts';

/** A value anywhere in a schema document. */
export interface SchemaPlace {
  readonly value: JsonValue;
  /** RFC 6901. */
  readonly pointer: string;
  readonly depth: number;
  readonly role: SchemaKeywordRole;
}

/** One part of a JSON pointer (RFC 6901). */
export function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Every value of a schema document, outermost first, each with what it is: a schema, or data that only looks like
 * one. Without recursion: whoever doesn't trust the document looks at `depth`, and stops.
 */
export function* walkSchema(schema: JsonValue): Generator<SchemaPlace> {
  const waiting: SchemaPlace[] = [{ value: schema, pointer: '', depth: 0, role: 'schema' }];
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    yield place;
    for (const child of children(place)) waiting.push(child);
  }
}

function* children({ value, pointer, depth, role }: SchemaPlace): Generator<SchemaPlace> {
  if (Array.isArray(value)) {
    const inner = role === 'schemas in a list' ? 'schema' : 'data';
    for (const [index, item] of value.entries()) {
      yield { value: item, pointer: `${pointer}/${index}`, depth: depth + 1, role: inner };
    }
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      yield {
        value: item,
        pointer: `${pointer}/${escapePointer(key)}`,
        depth: depth + 1,
        role: roleOf(key, role, item),
      };
    }
  }
}

function roleOf(key: string, parent: SchemaKeywordRole, value: JsonValue): SchemaKeywordRole {
  switch (parent) {
    case 'schema':
      return SCHEMA_KEYWORDS.get(key) ?? 'data';
    case 'schemas by name':
      return 'schema';
    case 'schema or names':
      return Array.isArray(value) ? 'data' : 'schema';
    case 'schemas in a list':
    case 'data':
      return 'data';
  }
}
