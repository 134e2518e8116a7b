import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf, failureOf } from './support.ts';

const ROWS = 20_000;
let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run(`
    CREATE TABLE numbers (n int PRIMARY KEY, t text, at timestamptz, m numeric(5,2), j json, c char(4));
    INSERT INTO numbers SELECT i, 'row ' || i, timestamptz '2025-01-01Z' + i * interval '1 min', i % 900, '{}', 'ab'
      FROM generate_series(1, ${ROWS}) i`);
});
afterAll(() => database.drop());

function open(jobs = 1, table = 'numbers') {
  return openSource().open({ connection: { url: database.url }, relations: [{ tables: [table] }], jobs }, contextOf());
}

test('gives every row once and in order, whatever the batch size', async () => {
  const session = await open();
  for (const batchRows of [1, 7, 512, 5000, ROWS, ROWS + 1]) {
    const limit = batchRows < 512 ? 1000 : ROWS;
    const rows = await allRows(session, { limit }, batchRows);
    expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: limit }, (_, i) => i + 1));
  }
  await session.finish(contextOf());
  await session.close();
});

test('gives no batch beyond the size asked for, and none that is empty', async () => {
  const session = await open();
  const sizes: number[] = [];
  for await (const batch of session.rows({ relation: 0, filters: [] }, { batchRows: 3000 }, contextOf())) {
    sizes.push(batch.length);
  }
  expect(Math.max(...sizes)).toBe(3000);
  expect(Math.min(...sizes)).toBeGreaterThan(0);
  await session.close();
});

test('asks for the next batch before the present one is used', async () => {
  const session = await open();
  const watcher = await database.client();
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 600 }, contextOf())[Symbol.asyncIterator]();
  await rows.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  // The caller has done nothing, and yet 600 rows more lie ready: they come without another word to the server.
  await watcher.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'snapkeep'`);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await rows.next()).value).toHaveLength(600);
  await session.close();
});

test('closes the cursor when its caller leaves early, and can read again', async () => {
  const session = await open();
  for (let i = 0; i < 3; i++) {
    for await (const batch of session.rows({ relation: 0, filters: [] }, { batchRows: 10 }, contextOf())) {
      expect(batch[0]?.[0]).toBe('1');
      break;
    }
  }
  expect(await allRows(session, { limit: 3 })).toHaveLength(3);
  await session.finish(contextOf());
  await session.close();
});

test('gives typed relations without rows an end, and no batch', async () => {
  await database.run('CREATE TABLE empty (a int)');
  const session = await open(1, 'empty');
  expect(await allRows(session)).toEqual([]);
  await session.finish(contextOf());
  await session.close();
});

test('binds filters as values', async () => {
  const session = await open();
  const count = async (column: string, op: '=' | '>=' | '<', value: string) =>
    (await allRows(session, { filters: [{ column, op, value }] })).length;
  expect(await count('t', '=', "x' OR '1'='1")).toBe(0);
  expect(await count('t', '=', 'row 7')).toBe(1);
  expect(await count('n', '<', '11')).toBe(10);
  // Cast to numeric(5,2) this would be 2.00 and find rows.
  expect(await count('m', '=', '1.999')).toBe(0);
  // Cast to character this would be "a".
  expect(await count('c', '=', 'ab')).toBe(ROWS);
  const window = [
    { column: 'at', op: '>=' as const, value: '2025-01-01T00:10:00.000000Z' },
    { column: 'at', op: '<' as const, value: '2025-01-01 00:20:00+00' },
  ];
  expect(await allRows(session, { filters: window })).toHaveLength(10);
  await session.finish(contextOf());
  await session.close();
});

test.each([
  ['n', '=', '1; DROP TABLE numbers', 'SNAPKEEP_USAGE'],
  ['n', '>=', '99999999999999', 'SNAPKEEP_USAGE'],
  ['at', '<', 'the day after tomorrow', 'SNAPKEEP_USAGE'],
  ['at', '<', '2025-13-45', 'SNAPKEEP_USAGE'],
  ['t', '=', 'nul\0byte', 'SNAPKEEP_USAGE'],
  ['j', '=', '{}', 'SNAPKEEP_USAGE'],
  ['nope', '=', '1', 'SNAPKEEP_COLUMN_UNKNOWN'],
] as const)('refuses the filter %s %s %j and goes on', async (column, op, value, code) => {
  const session = await open();
  const error = await failureOf(allRows(session, { filters: [{ column, op, value }] }));
  expect(error.code).toBe(code);
  expect(error.message).toContain(column);
  expect(await allRows(session, { limit: 1 })).toHaveLength(1);
  await session.finish(contextOf());
  await session.close();
});

test('reads parts side by side that together are the whole, at one instant', async () => {
  const session = await open(3);
  expect(session.jobs).toBe(3);
  await database.run(`INSERT INTO numbers VALUES (${ROWS + 1}, 'later')`);
  try {
    const parts = await Promise.all([0, 1, 2].map((index) => allRows(session, { part: { index, of: 3 } }, 500)));
    expect(parts.every((part) => part.length > 1000)).toBe(true);
    expect(new Set(parts.flat().map(([n]) => n)).size).toBe(ROWS);
    expect(parts.flat()).toHaveLength(ROWS);
    await session.finish(contextOf());
  } finally {
    await session.close();
    await database.run(`DELETE FROM numbers WHERE n > ${ROWS}`);
  }
});

test('gives all rows in the first part where rows can’t be parted', async () => {
  await database.run('CREATE VIEW few AS SELECT n FROM numbers WHERE n <= 10');
  const session = await open(2, 'few');
  expect(session.jobs).toBe(1);
  expect(await allRows(session, { part: { index: 0, of: 2 } })).toHaveLength(10);
  expect(await allRows(session, { part: { index: 1, of: 2 } })).toEqual([]);
  await session.close();
});

test('reads through fewer connections where the server has no more', async () => {
  await database.run(`DROP ROLE IF EXISTS snapkeep_single; CREATE ROLE snapkeep_single LOGIN PASSWORD 'pw' CONNECTION LIMIT 2;
    GRANT SELECT ON numbers TO snapkeep_single`);
  const url = new URL(database.url);
  url.username = 'snapkeep_single';
  url.password = 'pw';
  const request = { connection: { url: url.toString() }, relations: [{ tables: ['numbers'] }], jobs: 4 };
  const session = await openSource().open(request, contextOf());
  try {
    expect(session.jobs).toBe(2);
    const error = await failureOf(openSource().open(request, contextOf()));
    expect([error.code, error.details.sqlstate]).toEqual(['SNAPKEEP_SOURCE_UNREACHABLE', '53300']);
    const parts = await Promise.all([0, 1].map((index) => allRows(session, { part: { index, of: 2 } })));
    expect(parts.flat()).toHaveLength(ROWS);
    await session.finish(contextOf());
  } finally {
    await session.close();
    await database.run('DROP OWNED BY snapkeep_single; DROP ROLE snapkeep_single');
  }
});

test('keeps its memory flat on documents that are large', async () => {
  await database.run(`CREATE TABLE documents AS SELECT i, repeat('x', 1000000) AS body FROM generate_series(1, 80) i`);
  const session = await open(1, 'documents');
  let rows = 0;
  let most = 0;
  for await (const batch of session.rows({ relation: 0, filters: [] }, { batchRows: 100_000 }, contextOf())) {
    rows += batch.length;
    most = Math.max(most, batch.length);
  }
  expect(rows).toBe(80);
  expect(most).toBeLessThanOrEqual(17);
  await session.close();
});
