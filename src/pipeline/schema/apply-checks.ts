import type { JsonSchema, JsonValue, SourceCheck } from '@snapkeep/sdk';
import type { NamedRelation } from '../rename.ts';
import { NOT_FINITE } from './from-catalog.ts';
import { ownCondition } from './own-condition.ts';

export type Keywords = { readonly [keyword: string]: JsonValue };

/** A CHECK that JSON Schema can't say. */
export interface UnexpressedCheck {
  readonly name: string;
  readonly sql: string;
  /** By their names in the snapshot. */
  readonly columns: readonly string[];
  readonly reason: string;
}

export interface CheckedSchema {
  readonly schema: JsonSchema;
  /** How many checks the schema says. */
  readonly expressed: number;
  readonly unexpressed: readonly UnexpressedCheck[];
}

export function isKeywords(value: JsonValue | undefined): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The row's schema with what the source's checks say of it: of one column in that column, of several under `allOf`. */
export function applyChecks(
  schema: JsonSchema,
  checks: readonly SourceCheck[],
  columns: NamedRelation['columns'],
): CheckedSchema {
  const names = new Map(columns.map(({ name, sourceName }) => [sourceName ?? name, name]));
  const named = (name: string) => names.get(name) ?? name;
  const properties = new Map(Object.entries(isKeywords(schema.properties) ? schema.properties : {}));
  const ofRows: JsonValue[] = [];
  const unexpressed: UnexpressedCheck[] = [];
  for (const { name, sql, columns: spokenOf, schema: condition, reason } of checks) {
    if (condition === null) {
      unexpressed.push({ name, sql, columns: spokenOf.map(named), reason: reason ?? 'JSON Schema can’t say it' });
      continue;
    }
    for (const part of conjuncts(renamed(condition, named))) {
      const own = ownCondition(part);
      const property = own && properties.get(own.column);
      if (own && isKeywords(property)) {
        properties.set(own.column, withCondition(property, own.condition));
      } else ofRows.push({ $comment: `CHECK ${name}: ${sql}`, ...part });
    }
  }
  return {
    schema: {
      ...schema,
      properties: Object.fromEntries(properties),
      ...(ofRows.length === 0 ? {} : { allOf: ofRows }),
      ...(unexpressed.length === 0
        ? {}
        : { 'x-not-expressed': Object.fromEntries(unexpressed.map(({ name, sql }) => [name, sql])) }),
    },
    expressed: checks.length - unexpressed.length,
    unexpressed,
  };
}

function conjuncts(condition: JsonSchema): readonly JsonSchema[] {
  const { allOf } = condition;
  if (!Array.isArray(allOf) || Object.keys(condition).length > 1) return [condition];
  return (allOf as readonly JsonSchema[]).flatMap(conjuncts);
}

const COMPOSED = ['allOf', 'anyOf'];

/** The same of the columns as the snapshot calls them. */
function renamed(condition: JsonSchema, named: (name: string) => string): JsonSchema {
  const entries = Object.entries(condition).map(([keyword, value]): [string, JsonValue] => {
    if (COMPOSED.includes(keyword) && Array.isArray(value)) {
      return [keyword, (value as readonly JsonSchema[]).map((part) => renamed(part, named))];
    }
    if (keyword === 'not' && isKeywords(value)) return [keyword, renamed(value, named)];
    if (keyword !== 'properties' || !isKeywords(value)) return [keyword, value];
    return [keyword, Object.fromEntries(Object.entries(value).map(([name, inner]) => [named(name), inner]))];
  });
  return Object.fromEntries(entries);
}

const STRICTER: Readonly<Record<string, (a: number, b: number) => number>> = {
  minimum: Math.max,
  exclusiveMinimum: Math.max,
  minLength: Math.max,
  maximum: Math.min,
  exclusiveMaximum: Math.min,
  maxLength: Math.min,
};

/** Keywords first that say what a value is, annotations last, as a person would write them. */
const LAST = (keyword: string) => keyword === 'description' || keyword.startsWith('x-');

/** A column's schema with one more condition on its values. */
export function withCondition(property: Keywords, condition: Keywords): Keywords {
  const forms = numberForms(property);
  if (forms && ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum'].some((keyword) => keyword in condition)) {
    return { ...boundedNumber(forms, condition), ...annotations(property) };
  }
  const own: Record<string, JsonValue> = Object.fromEntries(Object.entries(property).filter(([name]) => !LAST(name)));
  const apart: Record<string, JsonValue> = {};
  for (const [keyword, value] of Object.entries(condition)) {
    const before = own[keyword];
    const stricter = STRICTER[keyword];
    if (before === undefined) own[keyword] = value;
    else if (stricter && typeof before === 'number' && typeof value === 'number')
      own[keyword] = stricter(before, value);
    else if (keyword === 'type' && isSubset(value, before)) own[keyword] = value;
    else if (keyword === 'enum' && isSubset(value, before)) own[keyword] = value;
    else if (JSON.stringify(before) !== JSON.stringify(value)) apart[keyword] = value;
  }
  // An enum says all of a number: that it may be NaN too is nothing beside it.
  if (forms && condition.enum !== undefined) delete own.anyOf;
  if (Object.keys(apart).length > 0) own.allOf = [...(Array.isArray(own.allOf) ? own.allOf : []), apart];
  return { ...own, ...annotations(property) };
}

function annotations(property: Keywords): Keywords {
  return Object.fromEntries(Object.entries(property).filter(([name]) => LAST(name)));
}

function isSubset(value: JsonValue, of: JsonValue): boolean {
  const all = [of].flat().map((item) => JSON.stringify(item));
  return [value].flat().every((item) => all.includes(JSON.stringify(item)));
}

interface NumberForms {
  readonly number: Keywords;
  readonly texts: readonly JsonValue[];
  readonly others: readonly JsonValue[];
}

/** The parts of a number column's schema: a number, or one of the texts for what JSON has no number for. */
function numberForms({ anyOf }: Keywords): NumberForms | undefined {
  if (!Array.isArray(anyOf)) return undefined;
  const [number, texts, ...others] = anyOf as readonly JsonValue[];
  if (!isKeywords(number) || !isKeywords(texts) || ![number.type].flat().includes('number')) return undefined;
  const { enum: values } = texts;
  return Array.isArray(values) && values.every((value) => NOT_FINITE.includes(String(value)))
    ? { number, texts: values, others }
    : undefined;
}

/** To PostgreSQL NaN is larger than any number; so are infinity and a number too long for JSON. */
function boundedNumber({ number, texts, others }: NumberForms, condition: Keywords): Keywords {
  const bounded = withCondition(number, condition);
  const above = ['maximum', 'exclusiveMaximum'].some((keyword) => keyword in bounded);
  const below = ['minimum', 'exclusiveMinimum'].some((keyword) => keyword in bounded);
  const left = texts.filter((text) => (text === '-Infinity' ? !below : !above));
  const long = above && below ? [] : others;
  if (left.length === 0 && long.length === 0) return bounded;
  return { anyOf: [bounded, ...(left.length === 0 ? [] : [{ enum: left }]), ...long] };
}
