import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf } from './support.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run(
    'CREATE TABLE a AS SELECT i AS n FROM generate_series(1, 100) i; CREATE TABLE b AS SELECT * FROM a',
  );
});
afterEach(() => database.drop());

function open(tables: string[], context = contextOf()) {
  return openSource().open(
    { connection: { url: database.url }, relations: tables.map((table) => ({ tables: [table] })), jobs: 1 },
    context,
  );
}

test('sees all relations at one instant, whatever is committed afterwards', async () => {
  const session = await open(['a', 'b']);
  await database.run('INSERT INTO a VALUES (101); DELETE FROM b; UPDATE a SET n = -n');
  expect(await allRows(session, { relation: 0 })).toHaveLength(100);
  expect(await allRows(session, { relation: 1 })).toHaveLength(100);
  await session.finish(contextOf());
  await session.close();
});

test.each(['TRUNCATE a', 'ALTER TABLE a ALTER n TYPE text', 'DROP TABLE a'])(
  'lets %s wait until it has ended',
  async (sql) => {
    const session = await open(['a']);
    const other = await database.client();
    let done = false;
    const change = other.query(sql).then(() => {
      done = true;
    });
    await wait(200);
    expect(done).toBe(false);
    expect(await allRows(session)).toHaveLength(100);
    await session.finish(contextOf());
    await change;
    await session.close();
  },
);

test('looks again at a table that was replaced while it waited for the lock', async () => {
  const other = await database.client();
  await other.query('BEGIN; DROP TABLE a; CREATE TABLE a (x text, y text)');
  const opening = open(['a']);
  await wait(300);
  await other.query(`INSERT INTO a VALUES ('new', 'row'); COMMIT`);
  const session = await opening;
  expect(session.relations[0]?.columns.map(({ name }) => name)).toEqual(['x', 'y']);
  expect(await allRows(session)).toEqual([['new', 'row']]);
  await session.finish(contextOf());
  await session.close();
});

test('sees columns and rows of an ALTER that it waited for', async () => {
  const other = await database.client();
  await other.query(`BEGIN; ALTER TABLE a ADD COLUMN later text DEFAULT 'yes'`);
  const opening = open(['a']);
  await wait(300);
  await other.query('COMMIT');
  const session = await opening;
  expect((await allRows(session, { limit: 1 }))[0]).toEqual(['1', 'yes']);
  await session.close();
});

test('knows its instant', async () => {
  const before = (await database.run('SELECT clock_timestamp() AS at')).rows[0].at;
  const session = await open(['a']);
  const after = (await database.run('SELECT clock_timestamp() AS at')).rows[0].at;
  expect(session.instant.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect(Date.parse(session.instant.time)).toBeGreaterThanOrEqual(before.getTime() - 1);
  expect(Date.parse(session.instant.time)).toBeLessThanOrEqual(after.getTime());
  expect(session.instant.server).toMatch(/^PostgreSQL \d+\.\d+$/);
  expect(session.instant.database).toBe(database.name);
  expect(session.instant.snapshot).toMatch(/^\d+:\d+:[\d,]*$/);
  expect(session.instant.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  await session.close();
});
