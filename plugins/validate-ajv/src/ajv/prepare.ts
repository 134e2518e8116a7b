import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import { ANNOTATION_PREFIX } from '../schema/keywords.ts';
import { isObject, walk } from '../schema/walk.ts';

/** ajv leaves a property of this name out of `properties` without a word; as a pattern it checks it. */
const PROTO = '__proto__';
const PROTO_PATTERN = '^__proto__$';

export interface PreparedSchema {
  readonly schema: JsonSchema;
  /** Whether a name of `Object.prototype` is spoken of, so that only own properties may count. */
  readonly ownProperties: boolean;
}

/** The schema as ajv gets it: a copy without annotations, in which every column's name works. */
export function prepareSchema(original: JsonSchema): PreparedSchema {
  const schema: JsonSchema = JSON.parse(JSON.stringify(original));
  let ownProperties = false;
  for (const { value, role } of [...walk(schema)]) {
    if (role === 'data' && typeof value === 'string') ownProperties ||= value in Object.prototype;
    if (!isObject(value)) continue;
    ownProperties ||= Object.keys(value).some((name) => name in Object.prototype);
    if (role === 'schema') prepare(value as { [keyword: string]: JsonValue });
  }
  return { schema, ownProperties };
}

function prepare(schema: { [keyword: string]: JsonValue }): void {
  for (const keyword of Object.keys(schema)) if (keyword.startsWith(ANNOTATION_PREFIX)) delete schema[keyword];
  const { properties, patternProperties } = schema;
  if (!isObject(properties) || !Object.hasOwn(properties, PROTO)) return;
  const { [PROTO]: inner, ...others } = properties as { [name: string]: JsonValue };
  schema.properties = others;
  const patterns = isObject(patternProperties) ? patternProperties : {};
  const already = patterns[PROTO_PATTERN];
  schema.patternProperties = {
    ...patterns,
    [PROTO_PATTERN]: already === undefined ? (inner ?? true) : { allOf: [already, inner ?? true] },
  };
}

/** Where the keyword stands in the schema as it was written. */
export function originalSchemaPath(schemaPath: string): string {
  return schemaPath.replace('/patternProperties/%5E__proto__%24', `/properties/${PROTO}`);
}
