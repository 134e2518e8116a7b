import type { JsonSchema } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { sensitiveColumns } from '../../../src/pipeline/schema/sensitive.ts';

const COLUMNS = ['id', 'email', 'doc', '__proto__'];
const SENSITIVE = { 'x-sensitive': true } as const;
const ofColumn = (properties: JsonSchema, more: JsonSchema = {}): JsonSchema => ({ properties, ...more });

test.each<[string, JsonSchema, readonly string[]]>([
  ['nowhere', ofColumn({ id: {}, email: { 'x-sensitive': false } }), []],
  ['at the column', ofColumn({ email: SENSITIVE }), ['email']],
  ['at a column of a hostile name', JSON.parse('{"properties": {"__proto__": {"x-sensitive": true}}}'), ['__proto__']],
  ['deep inside of a document', ofColumn({ doc: { items: { properties: { mail: SENSITIVE } } } }), ['doc']],
  ['behind a reference', ofColumn({ email: { $ref: '#/$defs/mail' } }, { $defs: { mail: SENSITIVE } }), ['email']],
  [
    'behind references that go in a circle',
    ofColumn({ doc: { $ref: '#/$defs/node' } }, { $defs: { node: { items: { $ref: '#/$defs/node' } } } }),
    [],
  ],
  ['in an alternative of the row', { allOf: [ofColumn({ email: SENSITIVE })] }, ['email']],
  ['in a definition that nobody uses', ofColumn({ id: {} }, { $defs: { mail: SENSITIVE } }), []],
  ['behind a reference that can’t be followed', ofColumn({ id: { $ref: '#mail' }, doc: SENSITIVE }), ['id', 'doc']],
  [
    'behind a pointer that counts from an $id around it',
    ofColumn(
      { email: { $ref: '#/$defs/part/$defs/a' } },
      { $defs: { b: {}, part: { $id: 'part', $defs: { a: { $ref: '#/$defs/b' }, b: SENSITIVE } } } },
    ),
    ['email'],
  ],
  ['for the whole row', { ...SENSITIVE }, COLUMNS],
  ['for names that match a pattern', { patternProperties: { '^(a+)+$': SENSITIVE } }, COLUMNS],
  ['for all columns that aren’t named', { additionalProperties: SENSITIVE }, COLUMNS],
])('x-sensitive %s', (_, schema, expected) => {
  expect(sensitiveColumns(schema, COLUMNS)).toEqual(expected);
});

test('a schema 20,000 levels deep is looked through', () => {
  let inner: JsonSchema = SENSITIVE;
  for (let level = 0; level < 20_000; level += 1) inner = { items: inner };
  expect(sensitiveColumns(ofColumn({ doc: inner }), COLUMNS)).toEqual(['doc']);
});
