import type { JsonSchema } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { compile } from '../compile.ts';

async function predicateOf(schema: JsonSchema): Promise<string> {
  const columns = ['a', 'b'];
  const { predicate } = await compile(schema, columns);
  const found = predicate?.(new Map(columns.map((name) => [name, name])));
  return found && 'sql' in found ? found.sql : '';
}

test('what every value fulfils is no part of the predicate', async () => {
  expect(await predicateOf({ type: 'object', properties: { a: { type: ['string', 'null'] } } })).toBe('true');
});

test('what ends like a question for NULL is none', async () => {
  const either = await predicateOf({
    anyOf: [
      { properties: { a: { type: 'string' }, b: { type: 'null' } }, required: ['a', 'b'] },
      { properties: { a: { type: 'string' }, b: { type: 'string' } }, required: ['a', 'b'] },
    ],
  });
  expect(either).toContain('b IS NULL');
  expect(either).toContain('a IS NOT NULL');
});
