import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import { schemaError } from './schema-error.ts';

/** One `$ref`, with its place. */
export interface Reference {
  readonly pointer: string;
  readonly target: string;
}

/**
 * Nothing is ever loaded: every reference leads to a place in the same document.
 * @throws SNAPKEEP_SCHEMA_INVALID
 */
export function checkReference(schema: JsonSchema, { pointer, target }: Reference, ids: ReadonlySet<string>): void {
  const document = target.split('#', 1)[0] ?? '';
  if (document !== '' && !ids.has(document) && !isWithin(document, ids, schema.$id)) {
    throw schemaError(pointer, `refers to ${JSON.stringify(target)}, which is outside of the document`, {
      keyword: '$ref',
      hint: 'Copy that schema under $defs and refer to it with #/$defs/NAME; nothing is ever loaded.',
    });
  }
  // Where parts have an $id of their own, a pointer counts from there: ajv resolves those.
  if (target.startsWith('#/') && ids.size === 0 && !exists(schema, target)) {
    throw schemaError(pointer, `refers to ${JSON.stringify(target)}, which is not there`, { keyword: '$ref' });
  }
}

function isWithin(document: string, ids: ReadonlySet<string>, base: JsonValue | undefined): boolean {
  if (typeof base !== 'string' || !URL.canParse(document, base)) return false;
  const absolute = new URL(document, base).href;
  return [...ids].some((id) => URL.canParse(id, base) && new URL(id, base).href === absolute);
}

function exists(schema: JsonSchema, target: string): boolean {
  let value: unknown = schema;
  for (const part of target.slice(2).split('/')) {
    const name = unescapePart(part);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false;
    value = (value as { readonly [name: string]: unknown })[name];
  }
  return true;
}

/** A JSON pointer in a URI fragment: percent signs first, RFC 6901 then. */
export function unescapePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}
