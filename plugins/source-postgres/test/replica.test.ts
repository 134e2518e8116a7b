import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnServer, startOwnServer } from '../../../test/support/own-server.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf, failureOf } from './support.ts';

let primary: OwnServer;
let replica: OwnServer;
beforeAll(async () => {
  primary = await startOwnServer({ wal_level: 'replica', autovacuum: 'off' });
  await primary.run(`CREATE TABLE many AS SELECT i AS n, repeat('x', 500) AS t FROM generate_series(1, 20000) i`);
  replica = await primary.replica({ hot_standby_feedback: 'off', max_standby_streaming_delay: '300ms' });
});
afterAll(async () => {
  await replica?.drop();
  await primary?.drop();
});

function open(relation: { tables: string[] } | { query: string }) {
  return openSource().open({ connection: { url: replica.url }, relations: [relation], jobs: 1 }, contextOf());
}

/** Takes away what a snapshot on the replica still sees, and waits until the replica has heard of it. */
async function vacuum(): Promise<void> {
  await primary.run('DELETE FROM many WHERE n % 2 = 0');
  await primary.run('VACUUM many');
  // VACUUM's last records are inserted, and not yet written, when it returns.
  const { rows } = await primary.run('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  for (const until = Date.now() + 20_000; Date.now() < until; await wait(100)) {
    const caughtUp = await replica.run(`SELECT pg_last_wal_replay_lsn() >= '${rows[0].lsn}' AS yes`);
    if (caughtUp.rows[0].yes) return;
  }
  throw new Error('the replica does not follow');
}

test('a replica is read like any other server', async () => {
  const session = await open({ tables: ['many'] });
  expect(session.relations[0]).toMatchObject({ kind: 'table', locked: true });
  expect(session.instant.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
  expect(await allRows(session, { limit: 5 })).toHaveLength(5);
  await session.finish(contextOf());
  await session.close();
});

test('a conflict with recovery between two batches is told in the server’s words, and passes by itself', async () => {
  const session = await open({ tables: ['many'] });
  const rows = session.rows({ relation: 0, filters: [] }, { batchRows: 10 }, contextOf())[Symbol.asyncIterator]();
  await rows.next();
  await vacuum();
  const error = await failureOf(drain(rows));
  expect(error).toMatchObject({ exitCode: 10, retryable: true, details: { sqlstate: '40001' } });
  expect(error.message).toMatch(/due to conflict with recovery/);
  await session.close();
  const again = await open({ tables: ['many'] });
  expect(await allRows(again)).toHaveLength(10_000);
  await again.finish(contextOf());
  await again.close();
});

test('so is one in the middle of a statement', async () => {
  await primary.run(`TRUNCATE many; INSERT INTO many SELECT i, 'x' FROM generate_series(1, 20000) i`);
  await vacuumed();
  const session = await open({ query: 'SELECT n, pg_sleep(0.002) IS NULL AS slept FROM many' });
  const reading = failureOf(allRows(session, {}, 20_000));
  await wait(500);
  await vacuum();
  expect(await reading).toMatchObject({ exitCode: 10, retryable: true, details: { sqlstate: '40001' } });
  await session.close();
});

async function vacuumed(): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; await wait(100)) {
    if ((await replica.run('SELECT count(*)::int AS n FROM many')).rows[0].n === 20_000) return;
  }
  throw new Error('the replica does not follow');
}

async function drain(rows: AsyncIterator<unknown>): Promise<void> {
  while (!(await rows.next()).done);
}
