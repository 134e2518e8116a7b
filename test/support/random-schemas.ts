import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import fc from 'fast-check';

const number = fc.oneof(
  fc.integer({ min: -10, max: 110 }),
  fc.constantFrom(0.1, 3.4, 1.1, 2.5, 9007199254740991, 9007199254740992, 1e300, -0, 1e21, 16777216),
);
const wanted = fc.oneof(
  number,
  fc.constantFrom<JsonValue>(
    null,
    true,
    false,
    'a',
    'A',
    'ä',
    '',
    "it's",
    'NaN',
    'Infinity',
    '2026-01-31',
    '\ud800',
    {},
    [1],
  ),
);
const PATTERNS = [
  '^c[a-z0-9]{24}$', 'a', '^.$', '^[^a]$', '\\d', '^\\D+$', '\\s', '^\\S*$', '^\\w+$', '[A-Z]', '^(a|b)?$', '^.{1,3}$', '\\.', '[.]', '^$',
  'b$', '^\\s*\\{', '[\\s\\d]', '[^\\s]', '(?=a)', '\\bx\\b', '\\p{L}', '^[ä-ö]', '👍', '^\\u{1F44D}$', '(a)\\1', '^(?:[a-c]{2}){1,2}$', 'k', '[ -~]+', '^(?:19|20)', '^\\d{4}-01-',
  '^-?[0-9.]+$', '\\x41', '\\cJ', '\\/', '(?:)', '^a*?$',
]; // biome-ignore format: a list to look over
const FORMATS = [
  'date-time', 'date', 'time', 'email', 'uuid', 'ipv4', 'ipv6', 'hostname', 'uri', 'uri-reference', 'regex', 'duration', 'json-pointer',
  'local-date-time', 'local-time', 'int32', 'int64', 'float', 'double', 'byte', 'password', 'binary',
]; // biome-ignore format: a list to look over
const types = ['null', 'boolean', 'integer', 'number', 'string', 'object', 'array'];

const keywords = fc.record(
  {
    type: fc.oneof(
      fc.constantFrom(...types),
      fc.uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 3 }),
    ),
    enum: fc.uniqueArray(wanted, { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) }),
    const: wanted,
    minimum: number,
    maximum: number,
    exclusiveMinimum: number,
    exclusiveMaximum: number,
    multipleOf: fc.constantFrom(1, 2, 7, 0.1, 0.01, 1e-7, 2 ** 40),
    minLength: fc.integer({ min: 0, max: 5 }),
    maxLength: fc.integer({ min: 0, max: 5 }),
    pattern: fc.constantFrom(...PATTERNS),
    format: fc.constantFrom(...FORMATS),
    notInFuture: fc.constantFrom<JsonValue>(true, false, 60, 1e9),
    'x-sensitive': fc.boolean(),
    title: fc.constant('t'),
  },
  { requiredKeys: [] },
);

/** Few keywords at a time, or nothing would be valid. */
const few = keywords.chain((all) =>
  fc.shuffledSubarray(Object.entries(all)).map((some) => Object.fromEntries(some.slice(0, 3)) as JsonSchema),
);
/** Of what arrays and objects are made of. */
const parts = fc.record(
  {
    items: fc.oneof(few as fc.Arbitrary<JsonValue>, fc.boolean()),
    minItems: fc.integer({ min: 0, max: 3 }),
    maxItems: fc.integer({ min: 0, max: 3 }),
    uniqueItems: fc.boolean(),
    properties: fc.record(
      { lower: few, upper: few, lower_inc: few, street: few, No: few, '"q"': few },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonValue>,
    required: fc.constantFrom<JsonValue>(['lower'], ['street', 'No'], ['x']),
    additionalProperties: fc.oneof(few as fc.Arbitrary<JsonValue>, fc.boolean()),
    minProperties: fc.integer({ min: 0, max: 4 }),
    maxProperties: fc.integer({ min: 0, max: 6 }),
    type: fc.constantFrom<JsonValue>('array', 'object', ['array', 'null'], ['object', 'null']),
  },
  { requiredKeys: [] },
);
const fewParts = parts.chain((all) =>
  fc.shuffledSubarray(Object.entries(all)).map((some) => Object.fromEntries(some.slice(0, 3)) as JsonSchema),
);
/** JSON Schemas of one column, of whatever type. */
export const columnSchemas: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 4, arbitrary: fewParts as fc.Arbitrary<JsonValue> },
  { weight: 1, arbitrary: fc.tuple(few, fewParts).map(([one, other]): JsonValue => ({ anyOf: [one, other] })) },
  { weight: 6, arbitrary: few as fc.Arbitrary<JsonValue> },
  { weight: 2, arbitrary: fc.array(few, { minLength: 1, maxLength: 3 }).map((anyOf): JsonValue => ({ anyOf })) },
  { weight: 1, arbitrary: fc.array(few, { minLength: 1, maxLength: 3 }).map((allOf): JsonValue => ({ allOf })) },
  { weight: 1, arbitrary: fc.tuple(few, few).map(([not, also]): JsonValue => ({ ...also, not })) },
  { weight: 1, arbitrary: fc.boolean() as fc.Arbitrary<JsonValue> },
);
