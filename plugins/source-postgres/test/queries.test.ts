import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf, failureOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run(`CREATE TABLE kept (a int, b varchar(9)); INSERT INTO kept VALUES (1, 'x;y'), (2, NULL)`);
});
afterAll(() => database.drop());

function open(query: string) {
  return openSource().open({ connection: { url: database.url }, relations: [{ query }], jobs: 3 }, contextOf());
}

test.each([
  ['SELECT a, b FROM kept ORDER BY a'],
  ['select a, b from kept order by a; -- the end ;'],
  ['/* first; /* nested */ */ WITH q AS (SELECT * FROM kept) SELECT a, b FROM q ORDER BY a ;\n'],
  ['(SELECT a, b FROM kept WHERE b <> $tag$;)$tag$) UNION ALL (SELECT a, b FROM kept WHERE b IS NULL)'],
  ["SELECT a, b FROM kept WHERE coalesce(b, '') <> E'\\';)' ORDER BY a -- no line break after me"],
])('reads %s', async (query) => {
  const session = await open(query);
  try {
    expect(session.relations[0]).toMatchObject({ kind: 'query', name: query, key: [], locked: false });
    expect(session.relations[0]?.columns).toEqual([
      { name: 'a', sourceType: 'integer', type: { kind: 'integer', bits: 32 }, nullable: true },
      { name: 'b', sourceType: 'character varying(9)', type: { kind: 'string', maxLength: 9 }, nullable: true },
    ]);
    expect(await allRows(session)).toEqual([
      ['1', 'x;y'],
      ['2', null],
    ]);
    expect(await allRows(session, { filters: [{ column: 'a', op: '=', value: '2' }], limit: 5 })).toEqual([
      ['2', null],
    ]);
    await session.finish(contextOf());
  } finally {
    await session.close();
  }
});

test.each([
  ['several statements', 'SELECT 1; SELECT 2'],
  ['another statement', 'DELETE FROM kept'],
  ['a way out of the parentheses', 'SELECT 1) q; DELETE FROM kept; SELECT * FROM (SELECT 1'],
  ['a change inside', 'WITH d AS (DELETE FROM kept RETURNING 1 AS a) SELECT * FROM d'],
  ['a word that means nothing', 'SELECT FORM kept'],
  ['nothing', ' ; '],
  ['a quote that is not closed', "SELECT 'a"],
])('refuses %s', async (_, query) => {
  expect((await failureOf(open(query))).code).toBe('SNAPKEEP_USAGE');
  expect((await database.run('SELECT count(*)::int AS n FROM kept')).rows[0].n).toBe(2);
});

test('two columns of one name are read apart, and filtered by their place', async () => {
  const session = await open('SELECT a, b AS a, 1, 2 FROM kept');
  expect(session.relations[0]?.columns.map(({ name }) => name)).toEqual(['a', 'a', '?column?', '?column?']);
  const second = { column: 'a', occurrence: 1, op: '=', value: 'x;y' } as const;
  expect(await allRows(session, { filters: [second] })).toEqual([['1', 'x;y', '1', '2']]);
  await session.close();
});

test('refuses a query without columns', async () => {
  expect((await failureOf(open('SELECT'))).code).toBe('SNAPKEEP_COLUMN_REFUSED');
});

test('can’t be made to write by a function either', async () => {
  await database.run(`CREATE FUNCTION meddle() RETURNS int LANGUAGE sql AS 'DELETE FROM kept RETURNING a'`);
  const session = await open('SELECT meddle() AS a');
  const error = await failureOf(allRows(session));
  expect([error.code, error.details.sqlstate]).toEqual(['SNAPKEEP_SOURCE_FAILED', '25006']);
  expect((await failureOf(session.finish(contextOf()))).code).toBe('SNAPKEEP_SOURCE_LOST');
  await session.close();
});
