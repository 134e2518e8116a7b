import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import { isKeywords, type Keywords, withCondition } from '../apply-checks.ts';
import type { Suggestion } from './suggestions.ts';

/** The schema with suggestions taken as conditions. */
export function withSuggestions(schema: JsonSchema, accepted: readonly Suggestion[]): JsonSchema {
  const properties = new Map(Object.entries(isKeywords(schema.properties) ? schema.properties : {}));
  for (const { column, kind, schema: condition } of accepted) {
    const property = properties.get(column);
    if (!isKeywords(property)) continue;
    if (kind === 'not null') properties.set(column, withoutNull(property));
    else properties.set(column, withCondition(withoutKeywords(property, condition), condition));
  }
  return { ...schema, properties: Object.fromEntries(properties) };
}

/** What is accepted again takes the place of what was accepted before. */
function withoutKeywords(property: Keywords, condition: Keywords): Keywords {
  const entries = Object.entries(property).flatMap(([keyword, value]): [string, JsonValue][] => {
    if (keyword === 'anyOf' && Array.isArray(value)) {
      const parts = value as readonly JsonValue[];
      return [
        [keyword, parts.map((part) => (isKeywords(part) && part.type ? withoutKeywords(part, condition) : part))],
      ];
    }
    return keyword in condition && keyword !== 'type' ? [] : [[keyword, value]];
  });
  return Object.fromEntries(entries);
}

/** NULL leaves types and enumerations. */
function withoutNull(value: JsonValue): JsonValue {
  if (!isKeywords(value)) return value;
  const rest = (values: readonly JsonValue[], none: JsonValue) => values.filter((item) => item !== none);
  return Object.fromEntries(
    Object.entries(value).map(([keyword, inner]): [string, JsonValue] => {
      if (!Array.isArray(inner)) return [keyword, inner];
      if (keyword === 'enum') return [keyword, rest(inner, null)];
      if (keyword === 'anyOf') return [keyword, (inner as readonly JsonValue[]).map(withoutNull)];
      if (keyword !== 'type') return [keyword, inner];
      const types = rest(inner, 'null');
      return [keyword, types.length === 1 && types[0] !== undefined ? types[0] : types];
    }),
  );
}
