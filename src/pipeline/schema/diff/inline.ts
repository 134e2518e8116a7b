import { type JsonSchema, type JsonValue, partAt, withoutNames } from '@snapkeep/sdk';
import { isKeywords, type Keywords } from '../apply-checks.ts';
import { isAnnotation } from './conditions.ts';

const BY_NAME = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const IN_LIST = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const INNER = new Set([
  'items',
  'additionalProperties',
  'propertyNames',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const DEFINITIONS = new Set(['$defs', 'definitions']);

/** Schemas; references that double at each level would be no end of them. */
const MAX_SCHEMAS = 20_000;

/**
 * A schema with what its references lead to in their places, so that it doesn't matter where a condition is written. As it is
 * where references go in a circle, or lead to very many schemas: then they are compared as they are written.
 */
export function inlined(written: JsonSchema): JsonSchema {
  const schema = withoutNames(written);
  let schemas = 0;

  /** `undefined`: it can't be done. @param trail - references that lead here */
  function whole(part: JsonValue, trail: readonly string[]): JsonValue | undefined {
    schemas += 1;
    if (schemas > MAX_SCHEMAS) return undefined;
    if (!isKeywords(part)) return part;
    const entries: [string, JsonValue][] = [];
    for (const [keyword, value] of Object.entries(part)) {
      if (keyword === '$ref' || DEFINITIONS.has(keyword)) continue;
      const inner = keywordOf(keyword, value, trail);
      if (inner === undefined) return undefined;
      entries.push([keyword, inner]);
    }
    const others = Object.fromEntries(entries);
    if (part.$ref === undefined) return others;
    const target = referenced(part.$ref, trail);
    return target === undefined ? undefined : withTarget(others, target);
  }

  function keywordOf(keyword: string, value: JsonValue, trail: readonly string[]): JsonValue | undefined {
    if (INNER.has(keyword)) return whole(value, trail);
    if (IN_LIST.has(keyword) && Array.isArray(value)) return allOrNone(value.map((part) => whole(part, trail)));
    if (!BY_NAME.has(keyword) || !isKeywords(value)) return value;
    const parts = allOrNone(Object.values(value).map((part) => whole(part, trail)));
    return parts && Object.fromEntries(Object.keys(value).map((name, index) => [name, parts[index] ?? true]));
  }

  function referenced(reference: JsonValue, trail: readonly string[]): JsonValue | undefined {
    if (typeof reference !== 'string' || trail.includes(reference)) return undefined;
    const target = partAt(schema, reference);
    return target === undefined ? undefined : whole(target, [...trail, reference]);
  }

  const found = whole(schema, []);
  return isKeywords(found) ? found : written;
}

function allOrNone(parts: readonly (JsonValue | undefined)[]): JsonValue[] | undefined {
  const found = parts.filter((part) => part !== undefined);
  return found.length === parts.length ? found : undefined;
}

/** What stands beside a reference holds too. */
function withTarget(others: Keywords, target: JsonValue): JsonValue {
  if (!isKeywords(target)) return target === true ? others : target;
  if (Object.keys(others).every(isAnnotation)) return { ...target, ...others };
  return { ...others, allOf: [...(Array.isArray(others.allOf) ? others.allOf : []), target] };
}
