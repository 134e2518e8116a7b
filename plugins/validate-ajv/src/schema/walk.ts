import { type JsonValue, type SchemaPlace, walkSchema } from '@snapkeep/sdk';
import { schemaError } from './schema-error.ts';

export type JsonObject = { readonly [key: string]: JsonValue };

/** Deeper than any schema that a person writes, and far from the end of ajv's own stack. */
const MAX_DEPTH = 200;
/** Characters of all names and texts, roughly the size as JSON. */
const MAX_CHARACTERS = 1_000_000;

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Every value of a schema document, so that 20,000 levels end in a message.
 * @throws SNAPKEEP_SCHEMA_INVALID beyond {@link MAX_DEPTH} and {@link MAX_CHARACTERS}
 */
export function* walk(schema: JsonValue): Generator<SchemaPlace> {
  let characters = 0;
  for (const place of walkSchema(schema)) {
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
  }
}

function sizeOf(value: JsonValue): number {
  if (typeof value === 'string') return value.length + 3;
  if (!isObject(value)) return 5;
  let size = 5;
  for (const key in value) size += key.length + 3;
  return size;
}
