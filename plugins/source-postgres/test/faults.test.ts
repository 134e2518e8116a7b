import { setTimeout as wait } from 'node:timers/promises';
import { SnapkeepError } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { answerOf } from '../src/connection/answer.ts';
import { openSource } from '../src/index.ts';
import { type StallingProxy, startProxy, through } from './proxy.ts';
import { allRows, contextOf, failureOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run(`CREATE TABLE many AS SELECT i AS n, repeat('x', 200) AS t FROM generate_series(1, 100000) i`);
});
afterAll(() => database.drop());

function open(
  url = database.url,
  context = contextOf(),
  relation: { tables: string[] } | { query: string } = { tables: ['many'] },
) {
  return openSource().open({ connection: { url }, relations: [relation], jobs: 1 }, context);
}

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'snapkeep'`;

test('names the server’s reason when it ends the connection between two batches', async () => {
  const session = await open();
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 1000 }, contextOf())[Symbol.asyncIterator]();
  await rows.next();
  await wait(200);
  await database.run(TERMINATE);
  await wait(200);
  const error = await failureOf(drain(rows));
  expect(error.code).toBe('SNAPKEEP_SOURCE_LOST');
  expect(error.message).toContain('terminating connection due to administrator command');
  expect(error.details.sqlstate).toBe('57P01');
  expect((await failureOf(session.finish(contextOf()))).code).toBe('SNAPKEEP_SOURCE_LOST');
  await session.close();
});

test('names the server’s reason when it ends the connection in the middle of a batch', async () => {
  const session = await open(database.url, contextOf(), {
    query: 'SELECT n, pg_sleep(0.001) IS NULL AS slept FROM many',
  });
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 100000 }, contextOf())[Symbol.asyncIterator]();
  const failure = failureOf(drain(rows));
  await wait(900);
  await database.run(TERMINATE);
  const error = await failure;
  expect(error.code).toBe('SNAPKEEP_SOURCE_LOST');
  expect(error.details.sqlstate).toBe('57P01');
  await session.close();
});

test('never commits a session whose connection ended after the last row', async () => {
  const session = await open();
  await allRows(session, { limit: 10 });
  await database.run(TERMINATE);
  await wait(200);
  const error = await failureOf(session.finish(contextOf()));
  expect(error.code).toBe('SNAPKEEP_SOURCE_LOST');
  expect(error.message).toContain('administrator command');
  await session.close();
});

test('takes a stream that just ends for a failure', async () => {
  const proxy = await startProxy(database.url);
  const session = await open(through(database.url, proxy));
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 1000 }, contextOf())[Symbol.asyncIterator]();
  await rows.next();
  await proxy.close();
  expect((await failureOf(drain(rows))).code).toBe('SNAPKEEP_SOURCE_LOST');
  await session.close();
});

test('gives up on a server that sends nothing more, in the time stated', async () => {
  const proxy = await startProxy(database.url);
  const context = contextOf({ settings: { stallSeconds: 0.5 } });
  const session = await open(through(database.url, proxy), context);
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 1000 }, context)[Symbol.asyncIterator]();
  await rows.next();
  proxy.stall();
  const begun = Date.now();
  const error = await failureOf(drain(rows));
  expect(error.code).toBe('SNAPKEEP_SOURCE_STALLED');
  expect(Date.now() - begun).toBeLessThan(3000);
  await closesSoon(session, proxy);
});

test('closes quickly on a server that stalls while nothing is asked of it', async () => {
  const proxy = await startProxy(database.url);
  const session = await open(through(database.url, proxy));
  proxy.stall();
  await closesSoon(session, proxy);
});

test('does not take a slow caller for a stalled server', async () => {
  const context = contextOf({ settings: { stallSeconds: 0.2 } });
  const session = await open(database.url, context);
  let rows = 0;
  for await (const batch of session.rows({ relation: 0, filters: [], limit: 3000 }, { batchRows: 1000 }, context)) {
    rows += batch.length;
    // Nothing is read from the socket while this process is busy.
    for (const until = Date.now() + 700; Date.now() < until; );
  }
  expect(rows).toBe(3000);
  await session.finish(context);
  await session.close();
});

test('stops at once when the run is aborted, with the reason of the abort', async () => {
  const abort = new AbortController();
  const context = contextOf({ signal: abort.signal });
  const session = await open(database.url, context, { query: 'SELECT pg_sleep(30) IS NULL AS slept' });
  const failure = failureOf(allRows(session, {}, 10, context));
  await wait(200);
  const begun = Date.now();
  abort.abort(new SnapkeepError('SNAPKEEP_TERMINATED', 'SIGTERM'));
  expect((await failure).code).toBe('SNAPKEEP_TERMINATED');
  await session.close();
  expect(Date.now() - begun).toBeLessThan(1000);
});

test('leaves no work behind on the server after an abort', async () => {
  await wait(200);
  const { rows } = await database.run(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%'
    AND pid <> pg_backend_pid() AND state = 'active'`);
  expect(rows[0].n).toBe(0);
});

test('is not ended by timeouts that the server sets for other sessions', async () => {
  await database.run(`ALTER DATABASE ${database.name} SET idle_in_transaction_session_timeout = '300ms';
    ALTER DATABASE ${database.name} SET statement_timeout = '400ms'`);
  try {
    const session = await open();
    const rows = session.rows({ relation: 0, filters: [], limit: 3000 }, { batchRows: 500 }, contextOf());
    let count = 0;
    for await (const batch of rows) {
      count += batch.length;
      await wait(250);
    }
    expect(count).toBe(3000);
    await session.finish(contextOf());
    await session.close();
  } finally {
    await database.run(`ALTER DATABASE ${database.name} RESET ALL`);
  }
});

test('reports a failure of the rows without the values that the server would quote', async () => {
  await database.run(`CREATE FUNCTION fail(int) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no luck' USING DETAIL = 'value canary-4711', HINT = 'hint canary-4711'; END $$`);
  const session = await open(database.url, contextOf(), { query: 'SELECT fail(n) AS n FROM many' });
  const error = await failureOf(allRows(session));
  expect(error.code).toBe('SNAPKEEP_SOURCE_FAILED');
  // A function may say anything, values too.
  expect(error.message).toContain('SQLSTATE P0001');
  expect(JSON.stringify([error, error.cause, error.message, error.hint])).not.toContain('canary');
  await session.close();
});

test('waits for a table that somebody else locks, and says so when it takes too long', async () => {
  const blocker = await database.client();
  await blocker.query('BEGIN; LOCK TABLE many IN ACCESS EXCLUSIVE MODE');
  const error = await failureOf(open(database.url, contextOf({ settings: { lockTimeoutSeconds: 0.3 } })));
  expect(error.code).toBe('SNAPKEEP_SOURCE_FAILED');
  expect(error.details.sqlstate).toBe('55P03');
  expect(error.message).toContain('public.many');
  await blocker.query('ROLLBACK');
});

async function drain(rows: AsyncIterator<unknown>): Promise<void> {
  while (!(await rows.next()).done);
}

async function closesSoon(session: { close(): Promise<void> }, proxy: StallingProxy): Promise<void> {
  const begun = Date.now();
  await session.close();
  await session.close();
  expect(Date.now() - begun).toBeLessThan(2000);
  await proxy.close();
}

test('a Ctrl-C at any moment is an error of ours, and no rejection is left to nobody', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    for (const after of [0, 5, 20, 50, 120]) {
      const abort = new AbortController();
      const context = contextOf({ signal: abort.signal });
      const session = await open(database.url, context);
      const timer = setTimeout(() => abort.abort(new SnapkeepError('SNAPKEEP_INTERRUPTED', 'Interrupted')), after);
      const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 100 }, context)[Symbol.asyncIterator]();
      const failure = failureOf(
        drain(rows)
          .then(() => wait(after + 50))
          .then(() => session.finish(context)),
      );
      expect((await failure).code).toBe('SNAPKEEP_INTERRUPTED');
      // What is asked after the abort fails for the same reason: the statement itself is refused by pg.
      expect((await failureOf(session.finish(context))).code).toBe('SNAPKEEP_INTERRUPTED');
      clearTimeout(timer);
      await session.close();
      await wait(20);
    }
  } finally {
    process.off('unhandledRejection', note);
  }
  expect(unhandled).toEqual([]);
});

test('an answer handed in after the abort may fail unseen', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  const limits = { stallMs: 1000, lockMs: 1000, wantsLock: false, signal: AbortSignal.abort(), label: 'the server' };
  const lost = Promise.reject(new Error('Connection terminated unexpectedly'));
  const answer = answerOf(lost, { bytesRead: () => 0 }, limits, () => undefined);
  expect((await failureOf(answer)).code).toBe('SNAPKEEP_INTERRUPTED');
  await wait(20);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
