import type { JsonSchema, JsonValue } from '@snapkeep/sdk';

/** What stands at a fragment of a schema, e.g. `#/properties/status/enum`; undefined where nothing does, or it is no pointer. */
export function partAt(schema: JsonSchema, fragment: string): JsonValue | undefined {
  if (fragment !== '#' && !fragment.startsWith('#/')) return undefined;
  let value: JsonValue | undefined = schema;
  for (const part of fragment.split('/').slice(1)) {
    const name = unescaped(part);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as { readonly [name: string]: JsonValue })[name];
  }
  return value;
}

/** A JSON pointer in a URI fragment: percent signs first, RFC 6901 then. */
function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}
