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
  ['one condition more', {}, { allOf: [{ minimum: 1 }] }, 'forward'],
  ['the time', {}, { notInFuture: true }, 'forward'],
])('%s', (_what, from, to, compatibility) => {
  expect(between(from, to).compatibility).toBe(compatibility);
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
    anyOf: fc.array(fc.constantFrom<JsonValue>({ type: 'string' }, { minimum: 1 }, { maximum: 0 }), {
      minLength: 1,
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);
const values: readonly JsonValue[] = [-2, -1, 0, 0.5, 1, 2, 3, 4, '', 'a', 'bb', 'ccc', 'dddd', null, true];

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
    { numRuns: 500 },
  );
});
