import { expect, test } from 'vitest';
import { compile } from './compile.ts';

/** As many as a table of PostgreSQL may have. */
const NAMES = Array.from({ length: 1_600 }, (_, index) => `c${index}`);
const ROW = Object.fromEntries(NAMES.map((name, index) => [name, index]));
const integers = Object.fromEntries(NAMES.map((name) => [name, { type: ['integer', 'null'], maximum: 5_000 }]));
const schema = { type: 'object', properties: integers, required: NAMES, additionalProperties: false } as const;

test('1,600 columns: a good row passes, and the first and the last column are checked', async () => {
  const { check } = await compile(schema, NAMES);
  expect(check(ROW)).toEqual([]);
  for (const name of ['c0', 'c99', 'c100', 'c1599']) {
    expect(check({ ...ROW, [name]: 'x' })).toEqual([
      {
        column: name,
        pointer: `/${name}`,
        keyword: 'type',
        schemaPath: `#/properties/${name}/type`,
        message: 'must be integer or null',
      },
    ]);
  }
  expect(check({ ...ROW, other: 1 })).toMatchObject([{ column: 'other', keyword: 'additionalProperties' }]);
  const { c7: _missing, ...others } = ROW;
  expect(check(others)).toMatchObject([{ column: 'c7', keyword: 'required' }]);
});

test('1,600 columns under other keywords: alternatives, unevaluated properties, references', async () => {
  const { check } = await compile({
    unevaluatedProperties: false,
    anyOf: [
      { properties: integers, required: ['c0'] },
      { properties: { none: { const: 1 } }, required: ['none'] },
    ],
    allOf: [{ properties: { more: { $ref: '#/anyOf/0/properties/c1' } } }],
  });
  expect(check({ ...ROW, more: 1 })).toEqual([]);
  expect(check({ none: 1 })).toEqual([]);
  expect(check({ ...ROW, c1599: 'x' })).not.toEqual([]);
  expect(check({ ...ROW, more: 'x' })).toMatchObject([{ column: 'more', keyword: 'type' }]);
  expect(check({ ...ROW, other: 1 })).toMatchObject([{ column: 'other', keyword: 'unevaluatedProperties' }]);
});
