import {
  escapePointer,
  isSnapkeepError,
  type JsonSchema,
  type JsonValue,
  SchemaNames,
  type SchemaReference,
  type SnapkeepError,
  withoutNames,
} from '@snapkeep/sdk';
import { FORMATS } from '../ajv/formats.ts';
import { checkAgainstMetaSchema } from '../ajv/meta-schema.ts';
import { BoundedPattern, UnboundedPattern } from '../pattern/bounded-pattern.ts';
import { ANNOTATION_PREFIX, DRAFT, FOREIGN_KEYWORDS, KEYWORDS, REFUSED_KEYWORDS } from './keywords.ts';
import { didYouMean } from './nearest.ts';
import { checkReference } from './references.ts';
import { schemaError, severalProblems } from './schema-error.ts';
import { isObject, walk } from './walk.ts';
import { checkWork } from './work.ts';

/** So many problems are told at once. */
const MAX_PROBLEMS = 20;

export interface Inspected {
  /** How many values the document has, a measure of the work of one check. */
  readonly size: number;
  /** The schema in which every reference says its place from the root, and nothing else has changed its own. */
  readonly schema: JsonSchema;
}

/**
 * Looks at a schema before ajv does: limits, unknown keywords, remote references, patterns, formats, the draft's own schema,
 * each refused with its place, several of them in one error.
 * @param own - keywords that plugins add
 * @throws SNAPKEEP_SCHEMA_INVALID
 */
export function inspectSchema(schema: JsonSchema, own: ReadonlySet<string> = new Set()): Inspected {
  const references: SchemaReference[] = [];
  const names = new SchemaNames();
  const problems: SnapkeepError[] = [];
  const collect = (check: () => void) => {
    try {
      check();
    } catch (error) {
      if (!isSnapkeepError(error)) throw error;
      problems.push(error);
    }
  };
  let size = 0;
  let contains = false;
  let unevaluatedItems: string | undefined;
  for (const { value, pointer, role } of walk(schema)) {
    size += 1;
    if (problems.length >= MAX_PROBLEMS) break;
    if (role === 'schemas by name' && pointer.endsWith('/patternProperties') && isObject(value)) {
      for (const pattern of Object.keys(value)) {
        collect(() => checkPattern(pattern, `${pointer}/${escapePointer(pattern)}`));
      }
    }
    if (role !== 'schema' || typeof value === 'boolean') continue;
    if (!isObject(value)) {
      problems.push(schemaError(pointer, 'must be an object or a boolean'));
      continue;
    }
    for (const [keyword, setting] of Object.entries(value)) {
      collect(() => checkKeyword(keyword, setting, `${pointer}/${escapePointer(keyword)}`, own));
    }
    collect(() => names.add(value, pointer));
    if (typeof value.$ref === 'string') references.push({ pointer: `${pointer}/$ref`, target: value.$ref });
    if (value.contains !== undefined) contains = true;
    if (value.unevaluatedItems !== undefined) unevaluatedItems ??= `${pointer}/unevaluatedItems`;
  }
  if (contains && unevaluatedItems !== undefined) {
    // ajv takes every item for evaluated by contains, not only those that match.
    const error = schemaError(unevaluatedItems, 'is not decided beside contains anywhere in the same schema', {
      keyword: 'unevaluatedItems',
      hint: 'Say which items there may be with prefixItems and items.',
    });
    problems.push(error);
  }
  for (const reference of references) collect(() => checkReference(schema, reference, names));
  // Where the walk was broken off, the limits aren't known to be kept.
  if (problems.length < MAX_PROBLEMS) collect(() => checkAgainstMetaSchema(schema));
  if (problems.length > 0) throw severalProblems(eachPlaceOnce(problems).slice(0, MAX_PROBLEMS));
  const resolved = withoutNames(schema);
  checkWork(resolved);
  return { size, schema: resolved };
}

/** What the meta-schema says of a place that was told already is no news. */
function eachPlaceOnce(problems: readonly SnapkeepError[]): SnapkeepError[] {
  const places = problems.map(({ details }) => details.pointer);
  return problems.filter((_, index) => places.indexOf(places[index]) === index);
}

function checkKeyword(keyword: string, value: JsonValue, place: string, own: ReadonlySet<string>): void {
  if (keyword === 'pattern' && typeof value === 'string') checkPattern(value, place);
  else if (keyword === 'format') checkFormat(value, place);
  else if (keyword === '$schema') checkDraft(value, place);
  else if (keyword === 'notInFuture') checkNotInFuture(value, place);
  else if (keyword === 'x-sensitive' && typeof value !== 'boolean') {
    // A misunderstood value would show what should be masked.
    throw schemaError(place, 'must be true or false', { keyword });
  } else if (!KEYWORDS.has(keyword) && !own.has(keyword) && !keyword.startsWith(ANNOTATION_PREFIX))
    throw unknownKeyword(keyword, place);
}

function unknownKeyword(keyword: string, pointer: string): Error {
  if (REFUSED_KEYWORDS.has(keyword)) {
    return schemaError(pointer, `uses ${keyword}, which is not followed as the standard says`, {
      keyword,
      hint: 'Write $ref with the place in the same document, e.g. #/$defs/NAME.',
    });
  }
  const known = FOREIGN_KEYWORDS.get(keyword);
  const advice = known === undefined ? didYouMean(keyword, KEYWORDS.keys()) : `; ${known}`;
  return schemaError(pointer, `uses the unknown keyword ${JSON.stringify(keyword)}${advice}`, {
    keyword,
    hint: `Correct it; keywords of your own begin with ${ANNOTATION_PREFIX} and are annotations.`,
  });
}

function checkPattern(pattern: string, pointer: string): void {
  try {
    new BoundedPattern(pattern);
  } catch (error) {
    if (error instanceof UnboundedPattern) {
      throw schemaError(pointer, `has a pattern that is not safe: ${error.message}`, {
        keyword: 'pattern',
        cause: error,
        hint: 'Begin it with ^, use fewer * and +, or split it into several patterns under allOf.',
      });
    }
    const message = error instanceof RangeError ? 'it is too large' : (error as Error).message;
    throw schemaError(pointer, `has a pattern that is not a regular expression: ${message}`, {
      keyword: 'pattern',
      cause: error,
    });
  }
}

function checkFormat(value: JsonValue, pointer: string): void {
  if (typeof value !== 'string' || FORMATS.has(value)) return;
  throw schemaError(pointer, `names the unknown format ${JSON.stringify(value)}${didYouMean(value, FORMATS.keys())}`, {
    keyword: 'format',
    hint: `Known formats: ${[...FORMATS.keys()].join(', ')}.`,
  });
}

function checkDraft(value: JsonValue, pointer: string): void {
  if (value === DRAFT || value === `${DRAFT}#`) return;
  throw schemaError(pointer, `is written for ${JSON.stringify(value)}; this validator reads draft 2020-12`, {
    keyword: '$schema',
    hint: `Write "$schema": "${DRAFT}" and look through the keywords that have changed.`,
  });
}

function checkNotInFuture(value: JsonValue, pointer: string): void {
  if (typeof value === 'boolean' || (typeof value === 'number' && value >= 0)) return;
  throw schemaError(pointer, 'must be true, false or a tolerance in seconds, at least 0', { keyword: 'notInFuture' });
}
