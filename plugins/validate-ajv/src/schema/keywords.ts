import { SCHEMA_KEYWORDS } from '@snapkeep/sdk';

/**
 * The keywords of the draft, and our own (vocabulary.json). Whatever else a schema uses is a misspelling.
 */
export const KEYWORDS: ReadonlySet<string> = new Set([...SCHEMA_KEYWORDS.keys(), 'notInFuture']);

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
