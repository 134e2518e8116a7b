import { isDeepStrictEqual } from 'node:util';
import { escapePointer, type JsonValue } from '@snapkeep/sdk';
import { isKeywords } from '../apply-checks.ts';

/**
 * How one condition became another: `narrower` takes fewer values, `wider` more, `other` neither or nobody can say.
 */
export type Direction = 'narrower' | 'wider' | 'other';

export interface ConditionChange {
  /** JSON pointer from the column's schema to the keyword. */
  readonly pointer: string;
  readonly direction: Direction;
  /** `undefined` where the keyword was not there. */
  readonly from: JsonValue | undefined;
  readonly to: JsonValue | undefined;
}

type Keywords = { readonly [keyword: string]: JsonValue };

const ANNOTATIONS = new Set([
  'title',
  'description',
  '$comment',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
  '$id',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
]);
/** Says nothing about a value. */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || keyword.startsWith('x-');
}

/** A larger number takes fewer values. */
const LOWER_BOUNDS = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains']);
const UPPER_BOUNDS = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties', 'maxContains']);
/** What they hold is a schema or several: narrower inside is narrower. */
const BY_NAME = new Set(['patternProperties', 'dependentSchemas']);
const INNER = new Set(['items', 'additionalProperties', 'propertyNames']);
const UNEVALUATED = ['unevaluatedItems', 'unevaluatedProperties'];
const IN_ORDER = new Set(['anyOf', 'allOf']);

/**
 * What changed between two schemas of one value, keyword by keyword. Each keyword is judged alone: narrower everywhere
 * is narrower as a whole. What can't be compared so is `other`, never guessed.
 */
export function conditionChanges(before: JsonValue, after: JsonValue, pointer = ''): ConditionChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [from, to] = [asKeywords(before), asKeywords(after)];
  if (!from || !to) {
    const direction =
      after === false || before === true ? 'narrower' : before === false || after === true ? 'wider' : 'other';
    return [{ pointer, direction, from: before, to: after }];
  }
  // What they take depends on what all the others say.
  if (UNEVALUATED.some((keyword) => keyword in from || keyword in to)) {
    return [{ pointer, direction: 'other', from: before, to: after }];
  }
  const [own, now] = [withEnum(from), withEnum(to)];
  const keywords = new Set([...Object.keys(own), ...Object.keys(now)]);
  return [...keywords]
    .filter((keyword) => !isAnnotation(keyword))
    .flatMap((keyword) => keywordChanges(keyword, own, now, `${pointer}/${escapePointer(keyword)}`));
}

/** A schema that says nothing takes all values. */
function asKeywords(schema: JsonValue): Keywords | undefined {
  return schema === true ? {} : isKeywords(schema) ? schema : undefined;
}

/** `const` is an `enum` of one. */
function withEnum(schema: Keywords): Keywords {
  const { const: only, ...rest } = schema;
  return only === undefined || rest.enum !== undefined ? schema : { ...rest, enum: [only] };
}

function keywordChanges(keyword: string, before: Keywords, after: Keywords, pointer: string): ConditionChange[] {
  const [from, to] = [before[keyword], after[keyword]];
  if (isDeepStrictEqual(from, to)) return [];
  if (keyword === 'properties' && isKeywordsOrNone(from) && isKeywordsOrNone(to)) {
    return byName(from ?? {}, to ?? {}, pointer, [unnamed(before), unnamed(after)]);
  }
  if (keyword === 'patternProperties' && (isClosed(before) || isClosed(after))) {
    return [{ pointer, direction: 'other', from, to }];
  }
  if (keyword === 'prefixItems' && isListOrNone(from) && isListOrNone(to)) {
    return byPlace(from ?? [], to ?? [], pointer, [before.items ?? true, after.items ?? true]);
  }
  if (from !== undefined && to !== undefined) {
    if (BY_NAME.has(keyword) && isKeywords(from) && isKeywords(to)) return byName(from, to, pointer, [true, true]);
    if (INNER.has(keyword)) return conditionChanges(from, to, pointer);
    if (IN_ORDER.has(keyword) && Array.isArray(from) && Array.isArray(to)) return inOrder(keyword, from, to, pointer);
  }
  return [{ pointer, direction: directionOf(keyword, from, to), from, to }];
}

function isKeywordsOrNone(value: JsonValue | undefined): value is Keywords | undefined {
  return value === undefined || isKeywords(value);
}

function isListOrNone(value: JsonValue | undefined): value is readonly JsonValue[] | undefined {
  return value === undefined || Array.isArray(value);
}

function isClosed({ additionalProperties = true }: Keywords): boolean {
  return additionalProperties !== true;
}

/** What holds for a member that `properties` doesn't name; `undefined` where that depends on the name. */
function unnamed({ patternProperties, additionalProperties = true }: Keywords): JsonValue | undefined {
  return patternProperties === undefined ? additionalProperties : undefined;
}

/** @param absent - what holds on either side for a name that only the other one has */
function byName(
  from: Keywords,
  to: Keywords,
  pointer: string,
  [before, after]: readonly [JsonValue | undefined, JsonValue | undefined],
): ConditionChange[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((name) => {
    const [was, is] = [from[name] ?? before, to[name] ?? after];
    const place = `${pointer}/${escapePointer(name)}`;
    if (was !== undefined && is !== undefined) return conditionChanges(was, is, place);
    return [{ pointer: place, direction: 'other' as const, from: was, to: is }];
  });
}

function byPlace(
  from: readonly JsonValue[],
  to: readonly JsonValue[],
  pointer: string,
  [before, after]: readonly [JsonValue, JsonValue],
): ConditionChange[] {
  return Array.from({ length: Math.max(from.length, to.length) }, (_, index) =>
    conditionChanges(from[index] ?? before, to[index] ?? after, `${pointer}/${index}`),
  ).flat();
}

function inOrder(
  keyword: string,
  from: readonly JsonValue[],
  to: readonly JsonValue[],
  pointer: string,
): ConditionChange[] {
  const has = (list: readonly JsonValue[], item: JsonValue) => list.some((other) => isDeepStrictEqual(other, item));
  const [all, none] = keyword === 'anyOf' ? (['wider', 'narrower'] as const) : (['narrower', 'wider'] as const);
  if (from.length !== to.length) {
    const direction = from.every((item) => has(to, item)) ? all : to.every((item) => has(from, item)) ? none : 'other';
    return [{ pointer, direction, from, to }];
  }
  return byPlace(from, to, pointer, [true, true]);
}

/** @param from - `undefined`: no such condition, which takes everything */
function directionOf(keyword: string, from: JsonValue | undefined, to: JsonValue | undefined): Direction {
  if (from === undefined) return keyword === 'minContains' || keyword === 'maxContains' ? 'other' : 'narrower';
  if (to === undefined) return keyword === 'minContains' || keyword === 'maxContains' ? 'other' : 'wider';
  if (typeof from === 'number' && typeof to === 'number') {
    if (LOWER_BOUNDS.has(keyword)) return to > from ? 'narrower' : 'wider';
    if (UPPER_BOUNDS.has(keyword)) return to < from ? 'narrower' : 'wider';
    if (keyword === 'notInFuture') return to < from ? 'narrower' : 'wider';
    if (keyword === 'multipleOf' && Number.isInteger(from) && Number.isInteger(to)) {
      return to % from === 0 ? 'narrower' : from % to === 0 ? 'wider' : 'other';
    }
  }
  if (keyword === 'type') return ofSets(typesOf(from), typesOf(to));
  if (keyword === 'enum' && Array.isArray(from) && Array.isArray(to)) return ofSets(textsOf(from), textsOf(to));
  // More names that must be there take fewer documents.
  if (keyword === 'required' && Array.isArray(from) && Array.isArray(to)) return ofSets(textsOf(to), textsOf(from));
  if (keyword === 'uniqueItems') return to === true ? 'narrower' : 'wider';
  if (keyword === 'notInFuture')
    return from === false ? 'narrower' : to === false ? 'wider' : to === true ? 'narrower' : 'wider';
  return 'other';
}

function textsOf(values: readonly JsonValue[]): ReadonlySet<string> {
  return new Set(values.map((value) => JSON.stringify(value)));
}

function typesOf(type: JsonValue): ReadonlySet<string> {
  const types = [type].flat().map(String);
  return new Set(types.includes('number') ? [...types, 'integer'] : types);
}

function ofSets(from: ReadonlySet<string>, to: ReadonlySet<string>): Direction {
  const has = (set: ReadonlySet<string>, all: ReadonlySet<string>) => [...all].every((item) => set.has(item));
  if (has(from, to)) return has(to, from) ? 'wider' : 'narrower';
  return has(to, from) ? 'wider' : 'other';
}
