import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareContracts } from '../../../src/pipeline/schema/diff/compatibility.ts';
import { conditionChanges } from '../../../src/pipeline/schema/diff/conditions.ts';

const column = (name: string, fileType: string, nullable = true) => ({ name, fileType, nullable });
const schemaOf = (a: JsonValue): JsonSchema => ({ properties: { a }, required: ['a'] });
const between = (from: JsonValue, to: JsonValue) =>
  compareContracts({ schema: schemaOf(from) }, { schema: schemaOf(to) });

test.each<[string, JsonValue, JsonValue, string]>([
  ['an annotation', { title: 'x' }, { title: 'y', 'x-a': 1 }, 'full'],
  ['a label more', { enum: ['a'] }, { enum: ['a', 'b'] }, 'backward'],
  ['a label less', { enum: ['a', 'b'] }, { enum: ['a'] }, 'forward'],
  ['another label', { enum: ['a', 'b'] }, { enum: ['a', 'c'] }, 'none'],
  ['const for enum', { enum: ['a', 'b'] }, { const: 'a' }, 'forward'],
  ['NULL allowed', { type: 'string' }, { type: ['string', 'null'] }, 'backward'],
  ['NULL forbidden', { enum: ['a', null] }, { enum: ['a'] }, 'forward'],
  ['a lower bound raised', { minimum: 0 }, { minimum: 1 }, 'forward'],
  ['an upper bound gone', { maximum: 5 }, {}, 'backward'],
  ['a longer text', { maxLength: 5 }, { maxLength: 9 }, 'backward'],
  ['another pattern', { pattern: 'a' }, { pattern: 'b' }, 'none'],
  ['integers of numbers', { type: 'number' }, { type: 'integer' }, 'forward'],
  ['a key of a document that must be there', { type: 'object' }, { type: 'object', required: ['k'] }, 'forward'],
  ['inside of a document', { properties: { k: { minimum: 1 } } }, { properties: { k: { minimum: 0 } } }, 'backward'],
  ['items', { items: { type: 'string' } }, { items: true }, 'backward'],
  [
    'one alternative more',
    { anyOf: [{ type: 'string' }] },
    { anyOf: [{ type: 'string' }, { type: 'number' }] },
    'backward',
  ],
  [
    'a member more of a closed document',
    { properties: { k: true }, additionalProperties: false },
    { properties: { k: true, l: { type: 'string' } }, additionalProperties: false },
    'backward',
  ],
  ['a member more of an open document', { properties: { k: true } }, { properties: { k: true, l: false } }, 'forward'],
  [
    'the first member of a closed document',
    { additionalProperties: false },
    { properties: { k: {} }, additionalProperties: false },
    'backward',
  ],
  [
    'a member that a pattern may mean',
    { patternProperties: { '^k': false } },
    { patternProperties: { '^k': false }, properties: { l: {} } },
    'none',
  ],
  [
    'an item more of a closed list',
    { prefixItems: [true], items: false },
    { prefixItems: [true, { type: 'string' }], items: false },
    'backward',
  ],
  [
    'what a closed whole evaluates',
    { unevaluatedProperties: false, allOf: [{}] },
    { unevaluatedProperties: false, allOf: [{ properties: { k: {} } }] },
    'none',
  ],
  ['one condition more', {}, { allOf: [{ minimum: 1 }] }, 'forward'],
  ['the time', {}, { notInFuture: true }, 'forward'],
])('%s', (_what, from, to, compatibility) => {
  expect(between(from, to).compatibility).toBe(compatibility);
});

test('a reference is what it leads to; what goes in a circle is compared as it is written', () => {
  const of = (a: JsonValue, $defs: JsonSchema): JsonSchema => ({ ...schemaOf(a), $defs });
  const compared = (from: JsonSchema, to: JsonSchema) => compareContracts({ schema: from }, { schema: to });
  const doc = { type: 'object', properties: { k: { minimum: 1 } } };
  const low = { $ref: '#/$defs/low' };
  const referring = of(
    { $ref: '#/$defs/doc', title: 'x' },
    { doc: { type: 'object', properties: { k: low } }, low: { minimum: 1 } },
  );
  expect(compared(schemaOf(doc), referring)).toEqual({ compatibility: 'full', changes: [] });
  expect(compared(referring, of({ $ref: '#/$defs/doc' }, { doc, other: { type: 'string' } })).compatibility).toBe(
    'full',
  );
  expect(compared(of(low, { low: { minimum: 1 } }), of(low, { low: { minimum: 2 } }))).toMatchObject({
    compatibility: 'forward',
    changes: [{ column: 'a', change: 'minimum: 1 → 2' }],
  });
  expect(
    compared(schemaOf({ type: 'string' }), of({ $ref: '#/$defs/t' }, { t: { type: ['string', 'null'] } }))
      .compatibility,
  ).toBe('backward');
  const named = of({ $ref: 'doc#key' }, { any: { $id: 'doc', $defs: { k: { $anchor: 'key', minimum: 1 } } } });
  expect(compared(named, schemaOf({ minimum: 1 }))).toEqual({ compatibility: 'full', changes: [] });
  const tree = (minimum: number) => of({ $ref: '#/$defs/t' }, { t: { minimum, items: { $ref: '#/$defs/t' } } });
  expect(compared(tree(1), tree(1)).compatibility).toBe('full');
  expect(compared(tree(1), tree(2)).compatibility).toBe('none');
  const twice = (level: number): JsonValue => {
    const next = { $ref: `#/$defs/l${level + 1}` };
    return level === 29 ? {} : { allOf: [next, next] };
  };
  const levels = Array.from({ length: 30 }, (_, level): [string, JsonValue] => [`l${level}`, twice(level)]);
  const doubling = of({ $ref: '#/$defs/l0' }, Object.fromEntries(levels));
  expect(compared(doubling, doubling).compatibility).toBe('full');
});

test('columns of the files, and whom it breaks in words', () => {
  const before = { columns: [column('a', 'INTEGER', false), column('b', 'DATE'), column('n', 'BIGINT')], schema: null };
  const after = { columns: [column('a', 'BIGINT', false), column('c', 'DATE'), column('n', 'INTEGER')], schema: null };
  expect(compareContracts(before, after)).toEqual({
    compatibility: 'none',
    changes: [
      { column: 'a', change: 'INTEGER → BIGINT', backward: true, forward: true, breaks: [] },
      {
        column: 'b',
        change: 'column removed',
        backward: true,
        forward: false,
        breaks: ['what was written for the old schema does not find the column'],
      },
      expect.objectContaining({ column: 'n', backward: false, forward: false }),
      { column: 'c', change: 'column added', backward: true, forward: true, breaks: [] },
    ],
  });
  const added = { columns: [...before.columns, column('c', 'DATE', false)], schema: null };
  expect(compareContracts(before, added).compatibility).toBe('forward');
});

const schemas: fc.Arbitrary<JsonSchema> = fc.record(
  {
    type: fc.constantFrom<JsonValue>(
      'integer',
      'number',
      'string',
      ['string', 'null'],
      ['integer', 'null'],
      ['number', 'string'],
    ),
    enum: fc.uniqueArray(fc.constantFrom<JsonValue>(0, 1, 2, 'a', 'bb', null), { minLength: 1, maxLength: 4 }),
    minimum: fc.integer({ min: -2, max: 2 }),
    exclusiveMaximum: fc.integer({ min: -1, max: 3 }),
    maxLength: fc.integer({ min: 0, max: 3 }),
    multipleOf: fc.integer({ min: 1, max: 4 }),
    const: fc.constantFrom<JsonValue>(0, 'a', null),
    properties: fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.constantFrom<JsonValue>({}, { type: 'string' }, { minimum: 1 }, false),
    ),
    patternProperties: fc.constantFrom<JsonValue>({ '^a': { type: 'string' } }, { b: { minimum: 2 } }),
    additionalProperties: fc.constantFrom<JsonValue>(true, false, { type: 'string' }),
    required: fc.subarray(['a', 'b']),
    prefixItems: fc.array(fc.constantFrom<JsonValue>({ type: 'string' }, { minimum: 1 }), {
      minLength: 1,
      maxLength: 2,
    }),
    items: fc.constantFrom<JsonValue>(true, false, { type: 'string' }),
    unevaluatedProperties: fc.constant(false),
    anyOf: fc.array(fc.constantFrom<JsonValue>({ type: 'string' }, { minimum: 1 }, { maximum: 0 }), {
      minLength: 1,
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);
const documents: readonly JsonValue[] = [
  {},
  { a: 1 },
  { a: 'x' },
  { b: 1 },
  { b: 'x' },
  { a: 'x', b: 2 },
  { a: 0, c: 'x' },
  { c: 1 },
  [],
  ['x'],
  [1],
  ['x', 1],
  [1, 'x', 2],
  [2, 2, 'x'],
];
const values: readonly JsonValue[] = [
  ...documents,
  -2,
  -1,
  0,
  0.5,
  1,
  2,
  3,
  4,
  '',
  'a',
  'bb',
  'ccc',
  'dddd',
  null,
  true,
];

test('what is called narrower takes no value that was refused, what is called wider refuses none that was taken', () => {
  const ajv = new Ajv2020({ strict: false });
  fc.assert(
    fc.property(schemas, schemas, (from, to) => {
      const [before, after] = [ajv.compile(from), ajv.compile(to)];
      const directions = conditionChanges(from, to).map(({ direction }) => direction);
      for (const value of values) {
        if (directions.every((direction) => direction === 'narrower') && after(value)) expect(before(value)).toBe(true);
        if (directions.every((direction) => direction === 'wider') && before(value)) expect(after(value)).toBe(true);
      }
    }),
    { numRuns: 1500 },
  );
});
