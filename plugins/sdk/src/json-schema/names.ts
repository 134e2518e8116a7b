import { SnapkeepError } from '../errors/error.ts';
import type { JsonValue } from '../json-form.ts';
import { shorten } from '../text.ts';
import type { JsonSchema } from '../validator.ts';
import { walkSchema } from './walk.ts';

/** One `$ref`, with its place: a JSON pointer. */
export interface SchemaReference {
  readonly pointer: string;
  readonly target: string;
}

/** The base of a document without an `$id`; nothing can be there (RFC 6761). */
const NO_BASE = 'https://schema.invalid/';

/**
 * What the parts of a document are called: by `$id` and `$anchor`, each counted from the `$id` around it
 * (https://json-schema.org/draft/2020-12/json-schema-core#section-8.2).
 */
export class SchemaNames {
  /** By the pointer of each part with an `$id`, and of the document. */
  readonly #bases = new Map([['', NO_BASE]]);
  /** By URI, and by URI with `#` and an anchor: a JSON pointer. */
  readonly #pointers = new Map([[NO_BASE, '']]);

  /** Whether any part has a name. */
  get any(): boolean {
    return this.#bases.size > 1 || this.#pointers.size > 1;
  }

  /**
   * Takes the names of one schema; those around it come first.
   * @throws SNAPKEEP_SCHEMA_INVALID where another one is called so
   */
  add({ $id, $anchor }: { readonly [keyword: string]: JsonValue }, pointer: string): void {
    if (typeof $id === 'string') {
      const uri = absolute($id, this.#baseOf(pointer));
      if (uri === undefined) throw nameError(`${pointer}/$id`, 'is no URI');
      this.#name(uri, pointer, '$id', $id);
      this.#bases.set(pointer, uri);
    }
    if (typeof $anchor === 'string') this.#name(`${this.#baseOf(pointer)}#${$anchor}`, pointer, '$anchor', $anchor);
  }

  /**
   * Where a reference leads, as one within the document: `#/$defs/a`.
   * @returns undefined where it leads out of the document, or to an anchor that nobody has
   */
  resolve({ pointer, target }: SchemaReference): string | undefined {
    const hash = target.indexOf('#');
    const [document, fragment] = hash < 0 ? [target, ''] : [target.slice(0, hash), target.slice(hash + 1)];
    const base = this.#baseOf(pointer);
    const uri = document === '' ? base : absolute(document, base);
    const isPointer = fragment === '' || fragment.startsWith('/');
    const found = this.#pointers.get(isPointer ? `${uri}` : `${uri}#${fragment}`);
    return found === undefined ? undefined : `#${encoded(found)}${isPointer ? fragment : ''}`;
  }

  #baseOf(pointer: string): string {
    let at = pointer;
    while (!this.#bases.has(at)) at = at.slice(0, at.lastIndexOf('/'));
    return this.#bases.get(at) ?? NO_BASE;
  }

  #name(uri: string, pointer: string, keyword: string, name: string): void {
    const other = this.#pointers.get(uri);
    if (other !== undefined && other !== pointer) {
      const place = other === '' ? 'the schema itself' : `the part at ${other}`;
      throw nameError(`${pointer}/${keyword}`, `says ${JSON.stringify(name)}, and so is ${place} called`);
    }
    this.#pointers.set(uri, pointer);
  }
}

/** Without a fragment; undefined where it is no URI, or a relative one behind a `urn:`. */
function absolute(reference: string, base: string): string | undefined {
  return URL.canParse(reference, base) ? new URL(reference, base).href.split('#', 1)[0] : undefined;
}

/** A JSON pointer as a fragment of a URI. */
function encoded(pointer: string): string {
  const parts = pointer.toWellFormed().split('/').map(encodeURIComponent);
  return parts.join('/').replaceAll('%24', '$');
}

/** What stands at a fragment of a schema, `#/$defs/a`; undefined where nothing does, or it is no pointer. */
export function partAt(schema: JsonSchema, fragment: string): JsonValue | undefined {
  if (fragment !== '#' && !fragment.startsWith('#/')) return undefined;
  let value: JsonValue | undefined = schema;
  for (const part of fragment.split('/').slice(1)) {
    const name = unescapePart(part);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as { readonly [name: string]: JsonValue })[name];
  }
  return value;
}

/**
 * The same schema in which every reference says its place from the document's root, and no part has a name: then nobody else
 * has to know from where a pointer counts. What leads out of the document stays as it is.
 */
export function withoutNames(schema: JsonSchema): JsonSchema {
  const names = new SchemaNames();
  for (const { value, pointer, role } of walkSchema(schema)) {
    if (role === 'schema' && isKeywords(value)) names.add(value, pointer);
  }
  if (!names.any) return schema;
  const copy: JsonSchema = JSON.parse(JSON.stringify(schema));
  for (const { value, pointer, role } of [...walkSchema(copy)]) {
    if (role !== 'schema' || !isKeywords(value)) continue;
    const part = value as { [keyword: string]: JsonValue };
    if (typeof part.$ref === 'string') part.$ref = names.resolve({ pointer, target: part.$ref }) ?? part.$ref;
    delete part.$id;
    delete part.$anchor;
  }
  return copy;
}

function isKeywords(value: JsonValue): value is { readonly [keyword: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameError(pointer: string, problem: string): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `The schema, at ${shorten(pointer, 200)}, ${problem}`, {
    hint: 'Give each part a name of its own, or point at it: #/$defs/NAME.',
    details: { pointer, keyword: pointer.slice(pointer.lastIndexOf('/') + 1) },
  });
}

/** A JSON pointer in a URI fragment: percent signs first, RFC 6901 then. */
function unescapePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return part;
  }
}
