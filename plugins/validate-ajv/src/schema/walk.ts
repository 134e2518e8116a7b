import type { JsonValue } from '@snapkeep/sdk';
import { ANNOTATION_PREFIX, KEYWORDS, type KeywordRole } from './keywords.ts';
import { escapePointer, schemaError } from './schema-error.ts';

/** A value anywhere in a schema document. */
export interface Place {
  readonly value: JsonValue;
  readonly pointer: string;
  readonly depth: number;
  readonly role: KeywordRole;
}

export type JsonObject = { readonly [key: string]: JsonValue };

/** Deeper than any schema that a person writes, and far from the end of ajv's own stack. */
const MAX_DEPTH = 200;
/** Characters of all names and texts, roughly the size as JSON. */
const MAX_CHARACTERS = 1_000_000;

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Every value of a schema document, outermost first, each with what it is: a schema, or data that only looks like
 * one. Without recursion, so that 20,000 levels end in a message.
 * @throws SNAPKEEP_SCHEMA_INVALID beyond {@link MAX_DEPTH} and {@link MAX_CHARACTERS}
 */
export function* walk(schema: JsonValue): Generator<Place> {
  const waiting: Place[] = [{ value: schema, pointer: '', depth: 0, role: 'schema' }];
  let characters = 0;
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    if (place.depth > MAX_DEPTH) {
      throw schemaError('', `is nested deeper than ${MAX_DEPTH} levels`, {
        hint: 'Name the inner schemas under $defs and refer to them with $ref.',
      });
    }
    characters += sizeOf(place.value);
    if (characters > MAX_CHARACTERS) {
      throw schemaError('', `is larger than ${MAX_CHARACTERS.toLocaleString('en')} characters`, {
        hint: 'Shorten long enumerations, or check them in the source.',
      });
    }
    yield place;
    for (const child of children(place)) waiting.push(child);
  }
}

function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 3;
  if (!isObject(value)) return 5;
  let size = 5;
  for (const key in value) size += key.length + 3;
  return size;
}

function* children({ value, pointer, depth, role }: Place): Generator<Place> {
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

function roleOf(key: string, parent: KeywordRole, value: JsonValue): KeywordRole {
  switch (parent) {
    case 'schema':
      return key.startsWith(ANNOTATION_PREFIX) ? 'data' : (KEYWORDS.get(key) ?? 'data');
    case 'schemas by name':
      return 'schema';
    case 'schema or names':
      return Array.isArray(value) ? 'data' : 'schema';
    case 'schemas in a list':
    case 'data':
      return 'data';
  }
}
