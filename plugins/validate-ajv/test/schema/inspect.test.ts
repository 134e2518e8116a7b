import type { JsonSchema, JsonValue } from '@snapkeep/sdk';
import { createTestContext } from '@snapkeep/sdk/conformance';
import { expect, test } from 'vitest';
import { ajvValidator } from '../../src/validator.ts';

const check = (schema: JsonSchema) => ajvValidator.checkSchema(schema, createTestContext());
const columnA = (schema: JsonValue): JsonSchema => ({ type: 'object', properties: { a: schema } });

const refused: readonly (readonly [string, JsonSchema, string, RegExp])[] = [
  [
    'a misspelt keyword',
    columnA({ type: 'string', patern: 'x' }),
    '/properties/a/patern',
    /"patern"; did you mean "pattern"\?/,
  ],
  ['a keyword of OpenAPI', columnA({ type: 'string', nullable: true }), '/properties/a/nullable', /write "type"/],
  ['a misspelt type', columnA({ type: 'strng' }), '/properties/a/type', /array, boolean, integer/],
  ['a misspelt format', columnA({ format: 'datetime' }), '/properties/a/format', /did you mean "date-time"\?/],
  [
    'a remote reference',
    columnA({ $ref: 'https://example.org/a.json' }),
    '/properties/a/$ref',
    /"https:\/\/example.org\/a.json"/,
  ],
  ['a file as reference', columnA({ $ref: 'other.json#/a' }), '/properties/a/$ref', /outside of the document/],
  ['a reference to nothing', columnA({ $ref: '#/$defs/b' }), '/properties/a/$ref', /not there/],
  ['an anchor that nobody has', columnA({ $ref: '#b' }), '/properties/a/$ref', /"#b", which is not there/],
  [
    'a pointer that leads nowhere from the $id around it',
    { $defs: { b: {} }, properties: { a: { $id: 'urn:example:a', items: { $ref: '#/$defs/b' } } } },
    '/properties/a/items/$ref',
    /not there/,
  ],
  [
    'an anchor that a part of another name has',
    { $id: 'urn:example:a', $defs: { b: { $id: 'urn:example:b', $anchor: 'x' } }, $ref: 'urn:example:a#x' },
    '/$ref',
    /not there/,
  ],
  [
    'an $id that two parts have',
    { $defs: { b: { $id: 'b' }, c: { $id: 'b' } } },
    '/$defs/b/$id',
    /says "b", and so is the part at \/\$defs\/c called/,
  ],
  ['an $id that is no URI', { $id: 'urn:a:b', $defs: { c: { $id: 'c' } } }, '/$defs/c/$id', /is no URI/],
  ['$data', columnA({ minimum: { $data: '1/b' } }), '/properties/a/minimum', /must be number/],
  ['a dynamic reference', columnA({ $dynamicRef: '#a' }), '/properties/a/$dynamicRef', /not followed as the standard/],
  [
    'unevaluatedItems beside contains',
    columnA({ contains: { type: 'string' }, allOf: [{ unevaluatedItems: false }] }),
    '/properties/a/allOf/0/unevaluatedItems',
    /beside contains/,
  ],
  ['another draft', { $schema: 'http://json-schema.org/draft-07/schema#' }, '/$schema', /draft 2020-12/],
  ['a broken pattern', columnA({ pattern: '[' }), '/properties/a/pattern', /not a regular expression/],
  ['a dangerous pattern', columnA({ pattern: '^(a+)+\\1$' }), '/properties/a/pattern', /not safe/],
  [
    'a dangerous name pattern',
    { patternProperties: { '(?=a)(a+)+$': {} } },
    '/patternProperties/(?=a)(a+)+$',
    /not safe/,
  ],
  ['a tolerance below 0', columnA({ notInFuture: -1 }), '/properties/a/notInFuture', /tolerance/],
  ['x-sensitive that is no boolean', columnA({ 'x-sensitive': 'yes' }), '/properties/a/x-sensitive', /true or false/],
  ['a column that is no schema', columnA('string'), '/properties/a', /object or a boolean/],
];
test.each(refused)('%s is refused with its place', async (_, schema, pointer, message) => {
  await expect(check(schema)).rejects.toMatchObject({
    code: 'SNAPKEEP_SCHEMA_INVALID',
    exitCode: 2,
    message,
    details: { pointer },
  });
});

test.each([
  ['type arrays with null', columnA({ type: ['string', 'integer', 'null'] })],
  [
    'annotations of one’s own',
    { 'x-owner': { any: ['thing'] }, properties: { a: { 'x-sensitive': true, 'x-y.z': 1 } } },
  ],
  [
    'columns called like keywords',
    { properties: { $ref: { type: 'string' }, patern: {}, properties: {}, pattern: {} } },
  ],
  [
    'data that looks like a schema',
    columnA({ const: { patern: 1, $ref: 'https://example.org' }, default: { nullable: true } }),
  ],
  ['references within', { $defs: { 'a/b': { type: 'string' } }, properties: { a: { $ref: '#/$defs/a~1b' } } }],
  [
    'references by $id',
    {
      $id: 'https://example.org/root',
      $defs: { x: { $id: 'part', type: 'string' } },
      properties: { a: { $ref: 'part' } },
    },
  ],
  ['recursion', { properties: { a: { $ref: '#' } } }],
  ['rules without a type', { anyOf: [{ required: ['a'] }, { required: ['b'] }] }],
  ['recursion under an $id', { $id: 'urn:example:a', properties: { a: { $ref: '#' }, b: { $ref: 'urn:example:a' } } }],
  ['an empty schema', {}],
] as const)('%s: taken', async (_, schema) => {
  await expect(check(schema as JsonSchema)).resolves.toBeUndefined();
});

test('names count from the $id around them, and the predicate follows them as pointers', async () => {
  const schema: JsonSchema = {
    $id: 'https://example.org/a/root',
    $defs: {
      part: {
        $id: '../b/part',
        $defs: { inner: { type: 'integer' }, deep: { not: { $defs: { x: { $id: 'deep', maximum: 9 } } } } },
        $ref: '#/$defs/inner',
        allOf: [{ $ref: 'deep' }, { $ref: '../a/root#low' }],
      },
      inner: { type: 'string' },
      'a %/~': { $anchor: 'low', minimum: 3 },
    },
    properties: { a: { $ref: 'https://example.org/b/part' } },
  };
  const column = { name: 'a', sourceType: 'integer', type: { kind: 'integer', bits: 32 }, nullable: true } as const;
  const instant = { time: '2025-10-27T10:00:00.123456Z', server: '' };
  const compiled = await ajvValidator.compile({ schema, columns: [column], instant }, createTestContext());
  await compiled.prepare?.();
  expect(compiled.check({ a: 5 })).toEqual([]);
  expect(compiled.check({ a: 2 })).toMatchObject([
    { column: 'a', message: 'must be >= 3', schemaPath: '#/$defs/a%20%25~1~0/minimum' },
  ]);
  expect(compiled.check({ a: 10 })).toMatchObject([{ schemaPath: '#/$defs/part/$defs/deep/not/$defs/x/maximum' }]);
  expect(compiled.check({ a: 'x' })).toMatchObject([{ schemaPath: '#/$defs/part/$defs/inner/type' }]);
  expect(compiled.predicate?.(new Map([['a', 'c0']]))).toMatchObject({ dialect: 'duckdb' });
});

test('a schema of 20,000 levels is refused, not walked through', async () => {
  let schema: JsonSchema = {};
  for (let level = 0; level < 20_000; level += 1) schema = { not: schema };
  await expect(check(schema)).rejects.toMatchObject({
    code: 'SNAPKEEP_SCHEMA_INVALID',
    message: /nested deeper than 200/,
  });
});

test('a schema of many megabytes is refused at once', async () => {
  const schema = { enum: Array.from({ length: 500_000 }, (_, index) => `value ${index}`) };
  await expect(check(schema)).rejects.toMatchObject({
    code: 'SNAPKEEP_SCHEMA_INVALID',
    message: /larger than 1,000,000/,
  });
});

test('a required column that the relation lacks is named, with the one that was meant', async () => {
  const request = {
    schema: { required: ['userid'] },
    columns: [],
    instant: { time: '2025-10-27T10:00:00.123456Z', server: '' },
  };
  const columns = [{ name: 'userId', sourceType: 'text', type: { kind: 'string' }, nullable: true }] as const;
  await expect(ajvValidator.compile({ ...request, columns }, createTestContext())).rejects.toMatchObject({
    code: 'SNAPKEEP_COLUMN_UNKNOWN',
    message: /"userid".*did you mean "userId"\?/,
  });
});

test('references that double the work at each level are refused at once', async () => {
  const doubling = (reference: (level: number) => string): JsonSchema => ({
    $defs: Object.fromEntries(
      Array.from({ length: 41 }, (_, level): [string, JsonValue] => {
        const next = { $ref: reference(level + 1) };
        return [
          `l${level}`,
          level === 40 ? { $anchor: 'l40' } : { $anchor: `l${level}`, allOf: [next, { anyOf: [next] }] },
        ];
      }),
    ),
    properties: { a: { $ref: reference(0) } },
  });
  for (const reference of [(level: number) => `#/$defs/l${level}`, (level: number) => `#l${level}`]) {
    await expect(check(doubling(reference))).rejects.toMatchObject({
      exitCode: 2,
      message: /more than 100,000 schemas/,
    });
  }
  const tree: JsonSchema = {
    $defs: { node: { properties: { left: { $ref: '#/$defs/node' }, right: { $ref: '#/$defs/node' } } } },
  };
  await expect(check({ ...tree, properties: { a: { $ref: '#/$defs/node' } } })).resolves.toBeUndefined();
});
