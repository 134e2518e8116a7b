import { type Instant, isNested, type JsonValue, type LogicalType, quoteLiteral } from '@snapkeep/sdk';
import { formatPattern } from '../ajv/format-pattern.ts';
import { latestAllowed } from '../ajv/not-in-future.ts';
import { ALWAYS, anyOf } from './conditions.ts';
import { re2Pattern } from './re2-pattern.ts';
import {
  elementsOf,
  equals,
  isAlwaysText,
  isNumber,
  isOfType,
  numberLiteral,
  numberOf,
  ofJsonText,
  type SqlValue,
  textOf,
  withinFourDigits,
} from './value.ts';

/** SQL that is TRUE only where the value keeps to the keyword; `undefined` where SQL can't say it. */
type Condition = (value: SqlValue, setting: JsonValue, instant: Instant) => string | undefined;

/** Those that SQL can say: what it can't is left to the validator. */
function someOf(conditions: readonly (string | undefined)[]): string {
  return anyOf(conditions.filter((condition) => condition !== undefined));
}

/** A keyword that speaks of numbers only: whatever else is there keeps to it. */
function ofNumbers(condition: (number: string, value: SqlValue) => string | undefined): Condition {
  return (value) => {
    if (value.type.kind === 'json') return undefined;
    const number = numberOf(value);
    if (number === undefined) return ALWAYS;
    const holds = condition(number, value);
    return holds && anyOf([`${value.sql} IS NULL`, `NOT ${isNumber(value)}`, holds]);
  };
}

/** A keyword that speaks of texts only. NaN and the infinities are texts: those are left to ajv. */
function ofTexts(condition: (text: string) => string | undefined): Condition {
  return (value) => {
    if (isNested(value.type)) return ALWAYS;
    if (value.type.kind === 'json') return ofJsonText(value.sql, condition);
    if (value.type.kind === 'boolean') return ALWAYS;
    if (!isAlwaysText(value)) return someOf([`${value.sql} IS NULL`, isNumber(value)]);
    const text = textOf(value);
    const holds = text === undefined ? undefined : condition(text);
    return holds && anyOf([`${value.sql} IS NULL`, holds]);
  };
}

/** A keyword that speaks of arrays only. */
function ofLists(condition: (list: string, element: LogicalType) => string | undefined): Condition {
  return (value) => {
    if (value.type.kind === 'json') return undefined;
    const elements = elementsOf(value);
    if (!elements) return ALWAYS;
    const holds = condition(elements.sql, elements.of);
    return holds && anyOf([`${value.sql} IS NULL`, holds]);
  };
}

function compared(operator: string): Condition {
  return (value, limit, instant) =>
    typeof limit === 'number'
      ? ofNumbers((number) => `${number} ${operator} ${numberLiteral(limit)}`)(value, limit, instant)
      : undefined;
}

function measured(operator: string): Condition {
  return (value, length, instant) =>
    typeof length === 'number'
      ? ofTexts((text) => `length(${text}) ${operator} ${numberLiteral(length)}`)(value, length, instant)
      : undefined;
}

function counted(operator: string): Condition {
  return (value, count, instant) =>
    typeof count === 'number'
      ? ofLists((list) => `len(${list}) ${operator} ${numberLiteral(count)}`)(value, count, instant)
      : undefined;
}

/** Types of which two values are equal to JSON only where they are to SQL. */
function isToldApart(type: LogicalType): boolean {
  return ['boolean', 'string', 'enum', 'uuid'].includes(type.kind) || (type.kind === 'integer' && type.bits < 64);
}

function valueIsOneOf(value: SqlValue, allowed: readonly JsonValue[]): string | undefined {
  const known = allowed.map((wanted) => equals(value, wanted));
  // A text may be the JSON form of what SQL holds as something else.
  const isText =
    allowed.some((wanted) => typeof wanted === 'string') && isAlwaysText(value) && textOf(value) === undefined;
  return isText || isNested(value.type) || value.type.kind === 'json' ? undefined : someOf(known);
}

/** Numbers of JSON that are whole in both worlds. */
const MAX_SAFE = numberLiteral(Number.MAX_SAFE_INTEGER);

/** Formats that every value of a type has, or every one of a year of four digits. */
function formatOfType(value: SqlValue, format: JsonValue): string | undefined {
  const { type, sql } = value;
  const orNull = (condition: string | undefined) => condition && anyOf([`${sql} IS NULL`, condition]);
  if (type.kind === 'uuid' && format === 'uuid') return ALWAYS;
  if (type.kind === 'time' && format === 'local-time') return ALWAYS;
  if (type.kind === 'date' && format === 'date') return orNull(withinFourDigits(value));
  if (type.kind !== 'timestamp') return undefined;
  return format === (type.utc ? 'date-time' : 'local-date-time') ? orNull(withinFourDigits(value)) : undefined;
}

/** Longer texts are never held against a format's pattern; bytes are at least as many as characters. */
const MAX_MATCHED_BYTES = 4_096;

const format: Condition = (value, name, instant) => {
  const known = formatOfType(value, name);
  if (known !== undefined) return known;
  const pattern = typeof name === 'string' ? formatPattern(name) : undefined;
  if (pattern === undefined) return undefined;
  const flags = { u: pattern.unicode, i: pattern.ignoreCase };
  return ofTexts(
    (text) => `(strlen(${text}) <= ${MAX_MATCHED_BYTES} AND ${matches(text, re2Pattern(pattern.source, flags))})`,
  )(value, name, instant);
};

const matches = (text: string, re2: string) => `regexp_matches(${text}, ${quoteLiteral(re2)})`;

const notInFuture: Condition = (value, setting, instant) => {
  if (setting === false) return ALWAYS;
  const { type, sql } = value;
  const within = withinFourDigits(value);
  if (within === undefined) return ofTexts(() => undefined)(value, setting, instant);
  if (typeof setting !== 'number' && setting !== true) return undefined;
  const limit = latestAllowed(instant, setting);
  if (!/^\d{4}-/.test(limit)) return undefined;
  const moment = type.kind === 'timestamp' && type.utc ? `TIMESTAMPTZ '${limit}+00'` : `TIMESTAMP '${limit}'`;
  return `(${sql} IS NULL OR (${within} AND ${type.kind === 'date' ? `CAST(${sql} AS TIMESTAMP)` : sql} <= ${moment}))`;
};

/** The keywords on one value that SQL decides as ajv does (docs/adr/0030). */
export const KEYWORD_CONDITIONS: Readonly<Record<string, Condition>> = {
  type: (value, types) => someOf([types].flat().map((one) => isOfType(value, one))),
  enum: (value, allowed) => (Array.isArray(allowed) ? valueIsOneOf(value, allowed) : undefined),
  const: (value, wanted) => valueIsOneOf(value, [wanted]),
  minimum: compared('>='),
  maximum: compared('<='),
  exclusiveMinimum: compared('>'),
  exclusiveMaximum: compared('<'),
  minLength: measured('>='),
  maxLength: measured('<='),
  multipleOf: (value, divisor, instant) =>
    ofNumbers((_, { type }) =>
      type.kind === 'integer' && typeof divisor === 'number' && Number.isSafeInteger(divisor) && divisor > 0
        ? `(${value.sql} BETWEEN -${MAX_SAFE} AND ${MAX_SAFE} AND ${value.sql} % ${divisor} = 0)`
        : undefined,
    )(value, divisor, instant),
  pattern: (value, source, instant) =>
    ofTexts((text) =>
      typeof source === 'string' ? matches(text, re2Pattern(source, { u: true, i: false })) : undefined,
    )(value, source, instant),
  format,
  notInFuture,
  minItems: counted('>='),
  maxItems: counted('<='),
  uniqueItems: (value, unique, instant) =>
    unique === false
      ? ALWAYS
      : ofLists((list, element) =>
          isToldApart(element)
            ? `(len(list_distinct(${list})) = list_count(${list}) AND len(${list}) - list_count(${list}) <= 1)`
            : undefined,
        )(value, unique, instant),
};
