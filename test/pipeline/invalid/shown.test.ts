import { expect, test } from 'vitest';
import { maskedPointer, ruleText, valueAt } from '../../../src/pipeline/invalid/shown.ts';

const JSON_TYPE = { kind: 'json' } as const;
const TEXT = { kind: 'string' } as const;

test.each([
  ['/a', 'x\u202ey', TEXT, 'x\\u{202e}y'],
  ['/a', null, TEXT, null],
  ['/a/b/1', '{"b": [1, 12345678901234567890]}', JSON_TYPE, '12345678901234567890'],
  ['/a/b~1c/~0', '{"b/c": {"~": "t"}}', JSON_TYPE, '"t"'],
  ['/a/none', '{"b": 1}', JSON_TYPE, null],
  ['/a/__proto__', '{"b": 1}', JSON_TYPE, null],
  ['/a/length', '[1]', JSON_TYPE, null],
  ['/a/0', '[{"b": 1e400}]', JSON_TYPE, '{"b":1e400}'],
])('what stands at %s of %j', (pointer, text, type, expected) => {
  const document = text === null || type === TEXT ? text : JSON.parse(text);
  expect(valueAt(pointer, text, type, { a: document })).toBe(expected);
});

test('what stands in an array of the server’s is found in the row', () => {
  const type = { kind: 'list', of: { kind: 'integer', bits: 32 } } as const;
  expect(valueAt('/a/1', '{1,-5}', type, { a: [1, -5] })).toBe('-5');
});

test('a long value is cut, and a rule says its place', () => {
  expect(valueAt('/a', 'x'.repeat(1_000), TEXT, {})).toHaveLength(80);
  expect(valueAt('/a', `${'x'.repeat(78)}😀😀`, TEXT, {})).toBe(`${'x'.repeat(78)}…`);
  const rule = { column: 'a b', message: 'must be there' };
  expect(ruleText({ ...rule, pointer: '/a b/12/x~1y' })).toBe('a b/*/x/y must be there');
  expect(ruleText({ column: '', pointer: '', message: 'must be small' })).toBe('the row must be small');
  expect([maskedPointer('/a'), maskedPointer('/a/secret/0')]).toEqual(['/a', '/a/***']);
});
