import { isSnapkeepError, type Relation } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import type { DatasetConfig } from '../../src/pipeline/config.ts';
import { resolveDataset } from '../../src/pipeline/dataset.ts';
import { nameColumns } from '../../src/pipeline/rename.ts';
import { testRuntime } from '../support/runtime.ts';
import { column } from '../support/staged.ts';

function named(sources: readonly string[], rename?: DatasetConfig['rename'], key: readonly string[] = []) {
  const columns = sources.map((name) => column(name, { kind: 'string' }));
  const relation: Relation = { kind: 'query', name: 'select …', columns, key, locked: false };
  const config = rename === undefined ? {} : { rename };
  return nameColumns(relation, resolveDataset(testRuntime('/nowhere', {}, { d: { table: 't', ...config } }), 'd'));
}

function refusal(sources: readonly string[], rename?: DatasetConfig['rename']) {
  try {
    named(sources, rename);
  } catch (error) {
    if (isSnapkeepError(error)) return error;
    throw error;
  }
  throw new Error('not refused');
}

test('columns that nothing renames stay what they are, also where only an accent or a foreign letter differs in case', () => {
  for (const names of [
    ['a', 'b'],
    ['é', 'É'],
    ['k', '\u212a'],
    ['__proto__', 'constructor'],
  ]) {
    const { columns } = named(names);
    expect(columns.map(({ name }) => name)).toEqual(names);
    expect(columns.some((one) => 'sourceName' in one)).toBe(false);
  }
});

test('a renamed column has its new name and remembers the old one; the key follows', () => {
  const { columns, key } = named(['A', 'a', '__proto__'], { a: 'a_lower', ['__proto__']: 'proto' }, ['a']);
  expect(columns.map(({ name, sourceName }) => [name, sourceName])).toEqual([
    ['A', undefined],
    ['a_lower', 'a'],
    ['proto', '__proto__'],
  ]);
  expect(key).toEqual(['a_lower']);
});

test('columns can swap their names', () => {
  expect(named(['a', 'b'], { a: 'b', b: 'a' }).columns.map(({ name }) => name)).toEqual(['b', 'a']);
});

test('columns of one name take theirs from a list, in their order', () => {
  expect(named(['a', 'b', 'a'], { a: ['a', 'a_2'] }).columns.map(({ name }) => name)).toEqual(['a', 'b', 'a_2']);
});

test('the hint’s rename is enough, whatever clashes', () => {
  for (const [sources, rename] of [
    [['Name', 'name'], undefined],
    [['a', 'a', 'A', 'a_2'], undefined],
    [['?column?', '?column?', 'line\nbreak', 'LINE\nbreak'], undefined],
    [['x', 'y', 'Y'], { x: 'y' }],
    [['__proto__', '__PROTO__'], undefined],
  ] as const) {
    const error = refusal(sources, rename);
    expect([error.code, error.exitCode]).toEqual(['SNAPKEEP_COLUMN_REFUSED', 11]);
    expect(error.hint).toContain('datasets.d.rename: {');
    const sufficient = error.details.rename as NonNullable<DatasetConfig['rename']>;
    const names = named(sources, { ...rename, ...sufficient }).columns.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(sources.length);
  }
});

test('what clashes is said', () => {
  expect(refusal(['Name', 'name']).message).toMatch(/"Name" and "name" differ in case only/);
  expect(refusal(['a', 'a', 'a']).message).toBe('3 columns are called "a"');
  expect(refusal(['a', 'b'], { a: 'b' }).message).toMatch(/"a" and "b" would both be called "b"/);
  expect(refusal(['a', 'a', 'b', 'B']).message).toMatch(/and 1 more name of several columns/);
  expect(refusal(['Name', 'name']).hint).toContain('{name: name_2}');
  expect(refusal(['a b', 'A b']).hint).toContain('{"A b": "A b_2"}');
});

test('a rename of no column, or with too few names, is a mistake of the configuration', () => {
  expect(refusal(['Name'], { name: 'x' })).toMatchObject({ code: 'SNAPKEEP_COLUMN_UNKNOWN', exitCode: 2 });
  expect(refusal(['Name'], { name: 'x' }).hint).toContain('"Name"');
  const few = refusal(['a', 'a', 'a'], { a: ['x', 'y'] });
  expect([few.code, few.exitCode]).toEqual(['SNAPKEEP_CONFIG_INVALID', 2]);
  expect(few.hint).toContain('{a: [a, a_2, a_3]}');
  expect(refusal(['a', 'a'], { a: 'b' }).code).toBe('SNAPKEEP_CONFIG_INVALID');
});
