import type { JsonSchema, JsonValue } from '@snapkeep/sdk';

/** A JSON pointer in a URI fragment: percent signs first, RFC 6901 then. */
function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}

/**
 * What a schema says at a violation's place, whole: the message lists thirty values of an `enum`, this is all of them.
 * @param schemaPath - a fragment, e.g. `#/properties/status/enum`
 * @returns undefined where the place is none of this document, as another validator may name it
 */
export function ruleAt(schema: JsonSchema, schemaPath: string): JsonValue | undefined {
  if (!schemaPath.startsWith('#/')) return undefined;
  let value: JsonValue | undefined = schema;
  for (const part of schemaPath.slice(2).split('/')) {
    const name = unescaped(part);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as { readonly [name: string]: JsonValue })[name];
  }
  return value;
}
