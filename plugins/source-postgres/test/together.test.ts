/** Several relations of one session, through several connections: one instant, no deadlock, no failure that spreads. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SourceSession } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/postgres-source.ts';
import { allRows, contextOf, failureOf } from './support.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run(`
    CREATE TABLE a (id int PRIMARY KEY, t text); INSERT INTO a SELECT i, 'a' FROM generate_series(1, 100) i;
    CREATE TABLE b (id int PRIMARY KEY, t text); INSERT INTO b SELECT i, 'b' FROM generate_series(1, 200) i`);
});
afterAll(() => database.drop());

const ROWS_OF_B = 'SELECT b.id, b.t FROM b';

function open(jobs: number): Promise<SourceSession> {
  const relations = [
    { tables: ['a'] },
    { tables: ['b'] },
    { query: ROWS_OF_B },
    { query: 'SELECT 1 / (id - 7) AS n FROM a' },
  ];
  return openSource().open({ connection: { url: database.url }, relations, jobs }, contextOf());
}

const read = (session: SourceSession, relation: number) => allRows(session, { relation });

test('all are read at one instant, through as many connections', async () => {
  const session = await open(3);
  expect(session.jobs).toBe(3);
  await database.run('DELETE FROM a WHERE id > 50; DELETE FROM b WHERE id > 50');
  try {
    const found = await Promise.all([0, 1, 2].map((relation) => read(session, relation)));
    expect(found.map((rows) => rows.length)).toEqual([100, 200, 200]);
    await session.finish(contextOf());
  } finally {
    await session.close();
  }
});

test('somebody who waits for an exclusive lock meanwhile keeps no connection from reading', async () => {
  const session = await open(3);
  const altered = database.run('ALTER TABLE b ADD COLUMN more int');
  await wait(200);
  try {
    const found = await Promise.all([1, 2].map((relation) => read(session, relation)));
    expect(found.map((rows) => rows.length)).toEqual([50, 50]);
    await session.finish(contextOf());
  } finally {
    await session.close();
    await altered;
  }
});

test.each([1, 2])(
  'a statement that the server refuses keeps no other relation from being read: %i at once',
  async (jobs) => {
    const session = await open(jobs);
    try {
      expect((await failureOf(read(session, 3))).details.sqlstate).toBe('22012');
      const bytes = async () => {
        for await (const _ of (await session.bytes?.({ relation: 3, filters: [] }, 'csv', contextOf())) ?? []);
      };
      if (jobs === 2) await bytes().catch(() => undefined);
      expect(await read(session, 0)).toHaveLength(50);
      expect(await read(session, 2)).toHaveLength(50);
      await session.finish(contextOf());
    } finally {
      await session.close();
    }
  },
);

test('of several relations the one that can’t be opened is named by its place', async () => {
  const relations = [{ tables: ['a'] }, { tables: ['nobody'] }];
  const error = await failureOf(
    openSource().open({ connection: { url: database.url }, relations, jobs: 1 }, contextOf()),
  );
  expect(error).toMatchObject({ code: 'SNAPKEEP_TABLE_NOT_FOUND', details: { relation: 1 } });
});
