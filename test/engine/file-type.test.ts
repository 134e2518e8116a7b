import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/engine/canonical-json.ts';
import { fileTypeName, parseFileType } from '../../src/engine/file-type.ts';

test('types are taken apart as DuckDB writes them, and put together again', () => {
  for (const type of [
    'INTEGER',
    'TIMESTAMP WITH TIME ZONE',
    'DECIMAL(12,2)',
    'VARCHAR[][]',
    'STRUCT("a" INTEGER, "b ""c, d)" DECIMAL(3,2)[], "e" STRUCT("f" TIMESTAMP WITH TIME ZONE)[])',
  ]) {
    expect(fileTypeName(parseFileType(type))).toBe(type);
  }
  expect(parseFileType('STRUCT(a INTEGER, b DATE[])')).toEqual({
    kind: 'struct',
    fields: [
      { name: 'a', type: { kind: 'plain', name: 'INTEGER' } },
      { name: 'b', type: { kind: 'list', of: { kind: 'plain', name: 'DATE' } } },
    ],
  });
});

test('a JSON document has one text, whatever its order, white space and escapes; numbers stay as written', () => {
  expect(canonicalJson('{"b": [1.0, 1e400, 12345678901234567890, null], "a": {"__proto__": 1, "1": "\\u0041"}}')).toBe(
    '{"a":{"1":"A","__proto__":1},"b":[1.0,1e400,12345678901234567890,null]}',
  );
  expect(canonicalJson('{"a":1,"a":2}')).toBe('{"a":2}');
  expect(canonicalJson('"a"')).toBe('"a"');
  expect(canonicalJson('[]')).not.toBe(canonicalJson('{}'));
  expect(canonicalJson('["1"]')).not.toBe(canonicalJson('[1]'));
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(canonicalJson(deep)).toBe(deep);
});
