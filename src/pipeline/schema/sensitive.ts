import { type JsonSchema, type JsonValue, partAt } from '@snapkeep/sdk';

type SchemaObject = { readonly [keyword: string]: JsonValue };

function isObject(value: JsonValue | undefined): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Root {
  readonly schema: JsonSchema;
  /** Whether a part has an `$id`: pointers below it count from there. */
  readonly hasNamedParts: boolean;
}

/** What a reference within the document leads to; the whole document where that can't be told, to be on the safe side. */
function referenced({ schema, hasNamedParts }: Root, target: JsonValue): JsonValue {
  const part = typeof target === 'string' && !hasNamedParts ? partAt(schema, target) : undefined;
  return part ?? schema;
}

/** Every value under one, and under what it refers to; without recursion, whatever the depth. */
function* reachable(root: Root, start: JsonValue, skip: ReadonlySet<string> = new Set()): Generator<SchemaObject> {
  const seen = new Set<JsonValue>();
  const waiting: JsonValue[] = [start];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (isObject(value)) {
      yield value;
      for (const keyword of ['$ref', '$dynamicRef']) {
        const target = value[keyword];
        if (target !== undefined) waiting.push(referenced(root, target));
      }
    }
    for (const [name, inner] of Object.entries(value)) if (!skip.has(name)) waiting.push(inner);
  }
}

function isSensitive(root: Root, value: JsonValue): boolean {
  return [...reachable(root, value)].some((schema) => schema['x-sensitive'] === true);
}

/** What holds only by name, or for nobody until somebody refers to it. */
const BY_NAME = new Set(['properties', '$defs', 'definitions']);

/**
 * Columns whose values are never shown: those of which the schema says `x-sensitive: true`, in their own part of it, in
 * what that refers to, or anywhere inside of their documents. Said outside of `properties` it holds for every column.
 */
export function sensitiveColumns(schema: JsonSchema, columns: readonly string[]): string[] {
  const every = reachable({ schema, hasNamedParts: false }, schema);
  const root = { schema, hasNamedParts: [...every].some((part) => part !== schema && part.$id !== undefined) };
  const ofRow = [...reachable(root, schema, BY_NAME)];
  if (ofRow.some((part) => part['x-sensitive'] === true)) return [...columns];
  return columns.filter((name) =>
    ofRow.some(({ properties }) => {
      const own = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
      return own !== undefined && isSensitive(root, own);
    }),
  );
}
