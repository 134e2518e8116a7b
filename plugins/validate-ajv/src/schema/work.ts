import { type JsonSchema, type JsonValue, partAt } from '@snapkeep/sdk';
import { schemaError } from './schema-error.ts';
import { isObject, type JsonObject, walk } from './walk.ts';

/** So many schemas may look at one value; beyond, one row could take minutes. */
const MAX_SCHEMAS_OF_A_VALUE = 100_000;

/** Keywords whose schemas look at the same value as the schema around them. */
const SAME_VALUE = ['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas'] as const;

/**
 * References may double the work at each level: thirty of them in a small file are a thousand million checks of one value.
 * @param schema - its references say their places from the root
 * @throws SNAPKEEP_SCHEMA_INVALID
 */
export function checkWork(schema: JsonSchema): void {
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
    if (typeof value.$ref === 'string') count += countOf(partAt(schema, value.$ref));
    known.set(value, count);
    return count;
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

  for (const { value, pointer, role } of walk(schema)) {
    if (role !== 'schema' || !isObject(value) || countOrEnd(value) <= MAX_SCHEMAS_OF_A_VALUE) continue;
    throw schemaError(pointer, 'has references that, followed, are more than 100,000 schemas of one value', {
      keyword: '$ref',
      hint: 'Say each condition once.',
    });
  }
}
