import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import { unescapePart } from './references.ts';
import { schemaError } from './schema-error.ts';
import { isObject, type JsonObject } from './walk.ts';

/** So many schemas may look at one value; beyond, one row could take minutes. */
const MAX_SCHEMAS_OF_A_VALUE = 100_000;

/** Keywords whose schemas look at the same value as the schema around them. */
const SAME_VALUE = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas'] as const;

/**
 * References may double the work at each level: thirty of them in a small file are a thousand million checks of one value.
 * @param named - schemas of the document by their `$id`, and by `#` and their `$anchor`
 * @throws SNAPKEEP_SCHEMA_INVALID
 */
export function checkWork(schema: JsonSchema, places: Iterable<Place>, named: ReadonlyMap<string, JsonObject>): void {
  const known = new Map<JsonObject, number>();

  /** How many schemas look at a value that this one looks at. One that leads back to itself ends elsewhere. */
  function countOf(value: JsonValue | undefined): number {
    if (!isObject(value)) return 1;
    const before = known.get(value);
    if (before !== undefined) return before;
    known.set(value, 1);
    let count = 1;
    for (const keyword of SAME_VALUE) {
      const inner = value[keyword];
      if (inner === undefined) continue;
      for (const one of isObject(inner) && keyword === 'dependentSchemas' ? Object.values(inner) : [inner].flat())
        count += countOf(one);
    }
    if (typeof value.$ref === 'string') count += countOf(targetOf(value.$ref));
    known.set(value, count);
    return count;
  }

  function targetOf(reference: string): JsonValue | undefined {
    if (reference === '#') return schema;
    const found = named.get(reference);
    if (found || !reference.startsWith('#/')) return found;
    return reference
      .slice(2)
      .split('/')
      .reduce<JsonValue | undefined>((value, part) => memberOf(value, part), schema);
  }

  /** A chain of ten thousands of references ends the stack. */
  function countOrEnd(value: JsonObject): number {
    try {
      return countOf(value);
    } catch (error) {
      if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
      throw error;
    }
  }

  for (const { value, pointer } of places) {
    if (countOrEnd(value) <= MAX_SCHEMAS_OF_A_VALUE) continue;
    throw schemaError(pointer, 'has references that, followed, are more than 100,000 schemas of one value', {
      keyword: '$ref',
      hint: 'Say each condition once.',
    });
  }
}

interface Place {
  readonly value: JsonObject;
  readonly pointer: string;
}

function memberOf(value: JsonValue | undefined, part: string): JsonValue | undefined {
  const key = unescapePart(part);
  if (Array.isArray(value)) return value[Number(key)];
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
