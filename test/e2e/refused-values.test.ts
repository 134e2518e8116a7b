import { expect, test } from 'vitest';
import { createProject } from './support/project.ts';
import { stateOf } from './support/state.ts';

const REFUSED: readonly (readonly [type: string, value: string])[] = [
  ['timestamptz', 'infinity'],
  ['timestamp', '-infinity'],
  ['date', 'infinity'],
  ['numeric(10,2)', 'NaN'],
  ['time', '24:00:00'],
];

test('a value that the file can’t hold exactly is refused with column, key and value, and nothing is published', async () => {
  const project = await createProject({
    sql: REFUSED.map(
      ([type, value], index) =>
        `CREATE TABLE r${index} (id int PRIMARY KEY, odd ${type}); INSERT INTO r${index} VALUES (1, NULL), (42, '${value}')`,
    ),
  });
  const before = await stateOf(project);
  for (const [index, [type, value]] of REFUSED.entries()) {
    const failure = await project.failure('export', `r${index}`);
    expect(failure, type).toMatchObject({
      code: 'SNAPKEEP_VALUE_INEXACT',
      exitCode: 11,
      details: { column: 'odd', value, key: { id: '42' }, rows: 1 },
    });
    for (const part of ['"odd"', value, '42']) expect(failure.message).toContain(part);
  }
  expect(await stateOf(project)).toEqual(before);
});

test('a key that stands twice or is NULL is refused', async () => {
  const project = await createProject({
    sql: 'CREATE TABLE t (id int, v int); INSERT INTO t VALUES (1, 1), (1, 2), (2, 3)',
    datasets: { twice: { table: 't', key: ['id'] }, nulls: { query: 'SELECT NULLIF(v, 3) AS v FROM t', key: ['v'] } },
  });
  const twice = await project.failure('export', 'twice');
  expect(twice).toMatchObject({ code: 'SNAPKEEP_KEY_NOT_UNIQUE', exitCode: 3 });
  expect(twice.message).toMatch(/\(id\).*2 times.*1/);
  expect(await project.failure('export', 'nulls')).toMatchObject({ exitCode: 3 });
});
