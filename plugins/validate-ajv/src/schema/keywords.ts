/** What the value of a keyword is: a schema, several by name or in a list, or data that holds no schema. */
export type KeywordRole = 'schema' | 'schemas by name' | 'schemas in a list' | 'schema or names' | 'data';

/**
 * The keywords of draft 2020-12 (https://json-schema.org/draft/2020-12/schema), the two that it keeps for older
 * schemas, and our own (vocabulary.json). Whatever else a schema uses is a misspelling.
 */
export const KEYWORDS: ReadonlyMap<string, KeywordRole> = new Map<string, KeywordRole>([
  ['$id', 'data'],
  ['$schema', 'data'],
  ['$ref', 'data'],
  ['$anchor', 'data'],
  ['$vocabulary', 'data'],
  ['$comment', 'data'],
  ['$defs', 'schemas by name'],
  ['definitions', 'schemas by name'],
  ['dependencies', 'schema or names'],

  ['allOf', 'schemas in a list'],
  ['anyOf', 'schemas in a list'],
  ['oneOf', 'schemas in a list'],
  ['prefixItems', 'schemas in a list'],
  ['not', 'schema'],
  ['if', 'schema'],
  ['then', 'schema'],
  ['else', 'schema'],
  ['items', 'schema'],
  ['contains', 'schema'],
  ['additionalProperties', 'schema'],
  ['propertyNames', 'schema'],
  ['unevaluatedItems', 'schema'],
  ['unevaluatedProperties', 'schema'],
  ['properties', 'schemas by name'],
  ['patternProperties', 'schemas by name'],
  ['dependentSchemas', 'schemas by name'],

  ['type', 'data'],
  ['const', 'data'],
  ['enum', 'data'],
  ['multipleOf', 'data'],
  ['maximum', 'data'],
  ['exclusiveMaximum', 'data'],
  ['minimum', 'data'],
  ['exclusiveMinimum', 'data'],
  ['maxLength', 'data'],
  ['minLength', 'data'],
  ['pattern', 'data'],
  ['maxItems', 'data'],
  ['minItems', 'data'],
  ['uniqueItems', 'data'],
  ['maxContains', 'data'],
  ['minContains', 'data'],
  ['maxProperties', 'data'],
  ['minProperties', 'data'],
  ['required', 'data'],
  ['dependentRequired', 'data'],
  ['format', 'data'],

  ['title', 'data'],
  ['description', 'data'],
  ['default', 'data'],
  ['deprecated', 'data'],
  ['readOnly', 'data'],
  ['writeOnly', 'data'],
  ['examples', 'data'],
  ['contentEncoding', 'data'],
  ['contentMediaType', 'data'],
  ['contentSchema', 'schema'],

  ['notInFuture', 'data'],
]);

/** Keywords that begin so are annotations of whoever wrote the schema, e.g. `x-sensitive`. */
export const ANNOTATION_PREFIX = 'x-';

/** Keywords of other dialects, and how draft 2020-12 says the same. */
export const FOREIGN_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['nullable', 'write "type": ["string", "null"]'],
  ['additionalItems', 'draft 2020-12 says "items" beside "prefixItems"'],
  ['id', 'draft 2020-12 says "$id"'],
  ['$data', 'references into the data are switched off'],
]);

export const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** Keywords of the draft that ajv follows otherwise than the draft says, or of older ones. */
export const REFUSED_KEYWORDS: ReadonlySet<string> = new Set([
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
]);
