import { setTimeout as wait } from 'node:timers/promises';
import type { ByteBatch, Scan, SourceSession } from '@snapkeep/sdk';
import { readCsv } from '@snapkeep/sdk/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { startProxy, through } from './proxy.ts';
import { allRows, contextOf, failureOf } from './support.ts';

const LONG = 3_000_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run(`CREATE TABLE many AS SELECT i AS n, repeat('x', 200) AS t FROM generate_series(1, 100000) i`);
  await database.run(`CREATE TABLE odd (id int, "te,xt" text, "q""" bytea, at timestamptz)`);
  await database.run(`INSERT INTO odd VALUES (1, E'\\x01', '\\x0100', 'infinity'), (2, NULL, NULL, NULL), (3, '', '', '0044-03-15 BC'),
    (4, E'a\\x01\\x01b\\n,\\r\\n"\\x01,', '\\x', now()), (5, '\\.', NULL, NULL), (6, repeat('ä', ${LONG}), NULL, NULL), (7, E'it''s \\\\', NULL, NULL)`);
});
afterAll(() => database.drop());

function open(tables: string[], url = database.url, context = contextOf()): Promise<SourceSession> {
  return openSource().open({ connection: { url }, relations: [{ tables }], jobs: 1 }, context);
}

async function bytesOf(
  session: SourceSession,
  scan: Partial<Scan> = {},
  context = contextOf(),
): Promise<AsyncIterable<ByteBatch>> {
  const bytes = await session.bytes?.({ relation: 0, filters: [], ...scan }, 'csv', context);
  if (!bytes) throw new Error('no bytes');
  return bytes;
}

async function batchesOf(session: SourceSession, scan: Partial<Scan> = {}): Promise<ByteBatch[]> {
  const batches: ByteBatch[] = [];
  for await (const { bytes, rows } of await bytesOf(session, scan))
    batches.push({ bytes: Uint8Array.from(bytes), rows });
  return batches;
}

const rowsIn = (batches: readonly ByteBatch[]) =>
  batches.flatMap(({ bytes }) => readCsv(Buffer.from(bytes).toString('utf8')));

test('the values are those of the cursor, whatever they hold; a long row comes alone', async () => {
  const session = await open(['odd']);
  const batches = await batchesOf(session);
  expect(rowsIn(batches)).toEqual(await allRows(session));
  expect(batches.map(({ rows }) => rows)).toEqual([5, 1, 1]);
  expect(batches[1]?.bytes.length).toBeGreaterThan(2 * LONG);
  for (const value of ["it's \\", 'a\u0001\u0001b\n,\r\n"\u0001,', "' OR true --"]) {
    const scan = { filters: [{ column: 'te,xt', op: '=', value }] } as const;
    expect(rowsIn(await batchesOf(session, scan))).toEqual(await allRows(session, scan));
  }
  await session.finish(contextOf());
  await session.close();
});

test('batches are of whole rows, end with each 2,048th, and stay as they are until the next is asked for', async () => {
  const session = await open(['many']);
  const batches: ByteBatch[] = [];
  for await (const { bytes, rows } of await bytesOf(session)) {
    if (batches.length % 100 === 0) await wait(5);
    batches.push({ bytes: Uint8Array.from(bytes), rows });
  }
  let total = 0;
  const ends = new Set<number>();
  for (const { rows } of batches) {
    total += rows;
    ends.add(total);
  }
  expect(total).toBe(100_000);
  for (let row = 2_048; row < total; row += 2_048) expect(ends.has(row), `${row}`).toBe(true);
  expect(rowsIn(batches).map(([n]) => Number(n))).toEqual(Array.from({ length: 100_000 }, (_, index) => index + 1));
  await session.finish(contextOf());
  await session.close();
});

test('no bytes of one column, whose lone NULL would be an empty line', async () => {
  await database.run('CREATE TABLE one (a int)');
  const one = await open(['one']);
  expect(await one.bytes?.({ relation: 0, filters: [] }, 'csv', contextOf())).toBeUndefined();
  await one.close();
});

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'snapkeep'`;
const BUSY = `SELECT count(*)::int AS n FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'snapkeep'`;

test('a server that ends the connection is named with its reason, and nothing was read', async () => {
  const session = await open(['many']);
  const batches = (await bytesOf(session))[Symbol.asyncIterator]();
  await batches.next();
  await database.run(TERMINATE);
  const error = await failureOf(drain(batches));
  expect(error).toMatchObject({ code: 'SNAPKEEP_SOURCE_LOST', retryable: true });
  expect((await failureOf(session.finish(contextOf()))).code).toBe('SNAPKEEP_SOURCE_LOST');
  await session.close();
});

test('a stream that just ends, and one that stalls, are failures', async () => {
  const proxy = await startProxy(database.url);
  const context = contextOf({ settings: { stallSeconds: 0.5 } });
  const stalling = await open(['many'], through(database.url, proxy), context);
  const waiting = (await bytesOf(stalling, {}, context))[Symbol.asyncIterator]();
  await waiting.next();
  proxy.stall();
  expect((await failureOf(drain(waiting))).code).toBe('SNAPKEEP_SOURCE_STALLED');
  await stalling.close();
  await proxy.close();

  const second = await startProxy(database.url);
  const cut = await open(['many'], through(database.url, second));
  const batches = (await bytesOf(cut))[Symbol.asyncIterator]();
  await batches.next();
  await second.close();
  expect((await failureOf(drain(batches))).code).toBe('SNAPKEEP_SOURCE_LOST');
  await cut.close();
});

test('who leaves early ends the session, and the server’s work', async () => {
  const session = await open(['many']);
  for await (const _ of await bytesOf(session)) break;
  expect((await failureOf(session.finish(contextOf()))).code).toBe('SNAPKEEP_SOURCE_LOST');
  await session.close();
  for (const until = Date.now() + 10_000; Date.now() < until; await wait(50)) {
    if ((await database.run(BUSY)).rows[0]?.n === 0) return;
  }
  throw new Error('the server still works for nobody');
});

async function drain(batches: AsyncIterator<ByteBatch>): Promise<void> {
  while (!(await batches.next()).done);
}
