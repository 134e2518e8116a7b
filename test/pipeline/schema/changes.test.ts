import { expect, test } from 'vitest';
import { schemaChanges } from '../../../src/pipeline/schema/changes.ts';

const column = (fileType: string, nullable = true, name = 'c') => ({ name, fileType, nullable });
const ruleOf = (from: string, to: string) => schemaChanges([column(from)], [column(to)]).map(({ rule }) => rule);

test('columns are matched by name; what is added is compatible, what is removed breaks readers', () => {
  expect(
    schemaChanges(
      [column('INTEGER', true, 'a'), column('DATE', true, 'b')],
      [column('DATE', true, 'b'), column('JSON', false, 'c')],
    ),
  ).toEqual([
    { column: 'a', change: 'removed', from: 'INTEGER', to: null, rule: 'column removed', effect: 'breaking' },
    { column: 'c', change: 'added', from: null, to: 'JSON', rule: 'column added', effect: 'compatible' },
  ]);
});

test('a type is widened where every value fits it and stays of its kind', () => {
  expect(ruleOf('SMALLINT', 'BIGINT')).toEqual(['type widened']);
  expect(ruleOf('BIGINT', 'INTEGER')).toEqual(['type narrowed']);
  expect(ruleOf('FLOAT', 'DOUBLE')).toEqual(['type widened']);
  expect(ruleOf('DOUBLE', 'FLOAT')).toEqual(['type narrowed']);
  expect(ruleOf('DECIMAL(3,2)', 'DECIMAL(7,3)')).toEqual(['type widened']);
  // One more decimal, but one digit less before the point.
  expect(ruleOf('DECIMAL(5,2)', 'DECIMAL(5,3)')).toEqual(['type narrowed']);
  expect(ruleOf('INTEGER', 'DECIMAL(20,0)')).toEqual(['type changed']);
  expect(ruleOf('INTEGER', 'DOUBLE')).toEqual(['type changed']);
  expect(ruleOf('VARCHAR', 'JSON')).toEqual(['type changed']);
  expect(ruleOf('TIMESTAMP', 'TIMESTAMP WITH TIME ZONE')).toEqual(['type changed']);
});

test('nested types are as good as the worst that happened inside', () => {
  expect(ruleOf('INTEGER[]', 'BIGINT[]')).toEqual(['type widened']);
  expect(ruleOf('INTEGER[]', 'INTEGER')).toEqual(['type changed']);
  expect(ruleOf('STRUCT("a" INTEGER)', 'STRUCT("a" INTEGER, "b" DATE)')).toEqual(['field added']);
  expect(ruleOf('STRUCT("a" INTEGER, "b" DATE)[]', 'STRUCT("a" BIGINT)[]')).toEqual(['field removed']);
});

test('a column that may be NULL from now on breaks readers who never met one', () => {
  expect(schemaChanges([column('DATE', false)], [column('DATE', true)])).toEqual([
    { column: 'c', change: 'nullable', from: 'NOT NULL', to: 'NULL', rule: 'NULL allowed', effect: 'breaking' },
  ]);
  expect(schemaChanges([column('DATE', true)], [column('DATE', false)])).toMatchObject([
    { rule: 'NULL forbidden', effect: 'compatible' },
  ]);
});
