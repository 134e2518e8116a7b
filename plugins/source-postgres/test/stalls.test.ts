import { setTimeout as wait } from 'node:timers/promises';
import { SnapkeepError } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type OwnServer, startOwnServer } from '../../../test/support/own-server.ts';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf, failureOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  await database.run(`CREATE TABLE many AS SELECT i AS n, repeat('x', 200) AS t FROM generate_series(1, 20000) i;
    CREATE MATERIALIZED VIEW later AS SELECT n FROM many WHERE n <= 10`);
});
afterAll(() => database.drop());

type Asked = { tables: string[] } | { query: string };
function open(context = contextOf(), relation: Asked = { tables: ['many'] }, url = database.url) {
  return openSource().open({ connection: { url }, relations: [relation], jobs: 1 }, context);
}

const OURS = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'snapkeep'`;
type Runner = Pick<OwnServer, 'run'>;
const backendsOf = async (server: Runner = database) =>
  (await server.run(OURS)).rows.map(({ pid }: { pid: number }) => pid);

/** Signals a process of the server, which the test has to let go on. */
function freeze(pid: number): () => void {
  process.kill(pid, 'SIGSTOP');
  const goOn = () => {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It has ended meanwhile.
    }
  };
  onTestFinished(goOn);
  return goOn;
}

async function expectNoBackend(server: Runner = database): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; await wait(50)) {
    if ((await backendsOf(server)).length === 0) return;
  }
  throw new Error('a backend remains');
}

test('a backend that stands still is noticed in the time stated, and is gone once it can go', async () => {
  const context = contextOf({ settings: { stallSeconds: 0.6 } });
  const session = await open(context);
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 100 }, context)[Symbol.asyncIterator]();
  await rows.next();
  const goOn = freeze((await backendsOf())[0] ?? 0);
  const begun = Date.now();
  const error = await failureOf(drain(rows));
  expect(Date.now() - begun).toBeLessThan(3_000);
  expect(error).toMatchObject({ code: 'SNAPKEEP_SOURCE_STALLED', exitCode: 10, retryable: false });
  expect(error.message).toMatch(/sent nothing for 0\.6 s; it takes new connections, but this one hangs or computes$/);
  expect(error.hint).toContain('stallSeconds');
  await session.close();
  goOn();
  await expectNoBackend();
});

test('a server that stands still altogether is noticed soon after the time stated', async () => {
  const server = await startOwnServer();
  onTestFinished(() => server.drop());
  await server.run('CREATE TABLE many AS SELECT i AS n FROM generate_series(1, 20000) i');
  const context = contextOf({ settings: { stallSeconds: 0.6, connectTimeoutSeconds: 0.6 } });
  const session = await open(context, { tables: ['many'] }, server.url);
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 100 }, context)[Symbol.asyncIterator]();
  await rows.next();
  const frozen = [await server.pid(), ...(await backendsOf(server))].map(freeze);
  const begun = Date.now();
  const error = await failureOf(drain(rows));
  expect(Date.now() - begun).toBeLessThan(7_000);
  expect(error.code).toBe('SNAPKEEP_SOURCE_STALLED');
  expect(error.message).toMatch(/nor does it answer a new connection$/);
  const closing = Date.now();
  await session.close();
  expect(Date.now() - closing).toBeLessThan(2_000);
  // Whoever connects only now is told in the time for that.
  expect(await failureOf(open(context, { tables: ['many'] }, server.url))).toMatchObject({
    code: 'SNAPKEEP_SOURCE_UNREACHABLE',
    retryable: false,
  });
  for (const goOn of frozen) goOn();
  await expectNoBackend(server);
});

test.each([
  ['the lock on a table', { tables: ['many'] }, 'ALTER TABLE many ADD COLUMN canary_4711 int', 'many'],
  ['a table in a query', { query: 'SELECT n FROM many WHERE n <= 10' }, 'TRUNCATE many', 'many'],
  ['a materialised view that is refreshed', { tables: ['later'] }, 'REFRESH MATERIALIZED VIEW later', 'later'],
] as const)('a wait for %s is no stall: it is told for whom, and goes on', async (_, relation, sql, name) => {
  const other = await database.client();
  const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
  await other.query(`BEGIN; ${sql}`);
  const context = contextOf({ settings: { stallSeconds: 1.2, lockTimeoutSeconds: 60 } });
  const asked: Asked = 'tables' in relation ? { tables: [...relation.tables] } : relation;
  const reading = open(context, asked).then(async (session) => {
    try {
      const read = await allRows(session, { limit: 10 }, 1000, context);
      await session.finish(context);
      return read;
    } finally {
      await session.close();
    }
  });
  await Promise.race([reading, wait(5_000)]);
  const told = context.lines.filter((line) => line.startsWith('waiting for a lock'));
  await other.query('ROLLBACK');
  expect(told).toEqual([
    expect.stringMatching(
      new RegExp(
        `^waiting for a lock on ${name}, held by process ${rows[0].pid} \\(postgres, idle in transaction for \\d+ s\\); for 60 s at most`,
      ),
    ),
  ]);
  expect(told.join()).not.toContain('canary');
  expect(await reading).toHaveLength(10);
});

test('a wait for a lock ends with lock_timeout, in the server’s words, and is not repeated', async () => {
  const other = await database.client();
  await other.query('BEGIN; LOCK TABLE many IN ACCESS EXCLUSIVE MODE');
  onTestFinished(async () => {
    await other.query('ROLLBACK');
  });
  const context = contextOf({ settings: { stallSeconds: 1, lockTimeoutSeconds: 2.5 } });
  for (const relation of [{ tables: ['many'] }, { query: 'SELECT n FROM many' }]) {
    const begun = Date.now();
    const error = await failureOf(open(context, relation));
    expect(Date.now() - begun).toBeGreaterThan(2_400);
    expect(error).toMatchObject({ code: 'SNAPKEEP_SOURCE_FAILED', details: { sqlstate: '55P03' }, retryable: false });
  }
});

test('a backend that stands still while it waits for a lock is noticed all the same', async () => {
  const other = await database.client();
  await other.query('BEGIN; LOCK TABLE many IN ACCESS EXCLUSIVE MODE');
  const context = contextOf({ settings: { stallSeconds: 1, lockTimeoutSeconds: 2 } });
  const opening = failureOf(open(context));
  await wait(400);
  const goOn = freeze((await backendsOf())[0] ?? 0);
  expect((await opening).code).toBe('SNAPKEEP_SOURCE_STALLED');
  goOn();
  await other.query('ROLLBACK');
  await expectNoBackend();
});

test('an abort while it waits for a lock leaves no backend behind', async () => {
  const other = await database.client();
  await other.query('BEGIN; LOCK TABLE many IN ACCESS EXCLUSIVE MODE');
  const abort = new AbortController();
  const opening = failureOf(open(contextOf({ signal: abort.signal })));
  await wait(400);
  expect(await backendsOf()).toHaveLength(1);
  abort.abort(new SnapkeepError('SNAPKEEP_INTERRUPTED', 'Ctrl-C'));
  expect((await opening).code).toBe('SNAPKEEP_INTERRUPTED');
  // Not only after the lock is free: it has been cancelled.
  await expectNoBackend();
  await other.query('ROLLBACK');
});

test('a statement that somebody cancels is told, and not repeated', async () => {
  const session = await open(contextOf(), { query: 'SELECT pg_sleep(20) IS NULL AS slept' });
  const reading = failureOf(allRows(session));
  await wait(400);
  await database.run(`SELECT pg_cancel_backend(pid) FROM (${OURS}) AS ours`);
  expect(await reading).toMatchObject({
    code: 'SNAPKEEP_SOURCE_FAILED',
    details: { sqlstate: '57014' },
    retryable: false,
  });
  await session.close();
});

async function drain(rows: AsyncIterator<unknown>): Promise<void> {
  while (!(await rows.next()).done);
}
