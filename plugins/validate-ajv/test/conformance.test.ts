import type { JsonSchema } from '@snapkeep/sdk';
import { textColumn, validatorConformance } from '@snapkeep/sdk/conformance';
import { describe, test } from 'vitest';
import { ajvValidator } from '../src/validator.ts';

const parse = (text: string) => JSON.parse(text);

const tests = validatorConformance({
  validator: ajvValidator,
  cases: [
    {
      name: 'students',
      schema: {
        type: 'object',
        properties: {
          id: { type: 'string', pattern: '^c[a-z0-9]{24}$' },
          score: { type: ['integer', 'null'], minimum: 0, maximum: 100 },
          at: { type: 'string', format: 'date-time', notInFuture: true },
          'a/b~c': { enum: ['x', null] },
          data: { type: 'object', properties: { tags: { type: 'array', items: { type: 'string' } } } },
        },
        required: ['id'],
        additionalProperties: false,
      },
      columns: ['id', 'score', 'at', 'a/b~c', 'data'].map(textColumn),
      valid: [
        { id: 'caaaaaaaaaaaaaaaaaaaaaaaa', score: null, at: '2025-10-27T10:00:00.123456Z', 'a/b~c': 'x' },
        { id: 'c000000000000000000000000', data: { tags: ['a', 'b'] } },
      ],
      invalid: [
        { row: { id: 'a-secret-that-nobody-should-see' }, column: 'id' },
        { row: {}, column: 'id' },
        { row: { id: 'caaaaaaaaaaaaaaaaaaaaaaaa', score: 101 }, column: 'score' },
        { row: { id: 'caaaaaaaaaaaaaaaaaaaaaaaa', at: '2025-10-27T10:00:00.123457Z' }, column: 'at' },
        { row: { id: 'caaaaaaaaaaaaaaaaaaaaaaaa', 'a/b~c': 'y' }, column: 'a/b~c' },
        { row: { id: 'caaaaaaaaaaaaaaaaaaaaaaaa', data: { tags: ['a', 1] } }, column: 'data' },
        { row: { id: 'caaaaaaaaaaaaaaaaaaaaaaaa', more: 1 }, column: 'more' },
      ],
    },
    {
      name: 'a column called __proto__',
      schema: parse(
        '{"type":"object","properties":{"__proto__":{"type":"integer"}},"required":["__proto__"],"additionalProperties":false}',
      ),
      columns: [textColumn('__proto__')],
      valid: [parse('{"__proto__":1}')],
      invalid: [
        { row: parse('{"__proto__":"x"}'), column: '__proto__' },
        { row: {}, column: '__proto__' },
      ],
    },
    {
      name: 'columns called like what every object inherits',
      schema: {
        type: 'object',
        properties: { constructor: { type: 'string' } },
        required: ['constructor', 'toString'],
      },
      columns: ['constructor', 'toString'].map(textColumn),
      valid: [{ constructor: 'a', toString: 1 } as never],
      invalid: [{ row: { constructor: 'a' } as never, column: 'toString' }],
    },
  ],
  badSchemas: [
    { type: 'strng' },
    { propertys: {} },
    { properties: { a: { $ref: 'https://example.org/a.json' } } },
    { properties: { a: { pattern: '(' } } },
  ] as JsonSchema[],
  manyErrors: {
    schema: { type: 'object', additionalProperties: { type: 'integer' } },
    columns: [],
    row: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, 'x'])),
  },
});

describe('ajv is a validator', () => {
  for (const { name, run } of tests) test(name, run);
});
