import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBehavioralEvents, insertBehavioralEvents } from '../../../test/support/behavioral-events.ts';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf } from './support.ts';

const OPTIONS = { rows: 5000, baseTime: '2025-10-27T10:00:00Z' };
let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  for (const statement of createBehavioralEvents()) await database.run(statement);
  await database.run(insertBehavioralEvents(OPTIONS));
  folder = await mkdtemp(join(tmpdir(), 'snapkeep-test-'));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test('keeps the rules of the table that they stand for', async () => {
  const { rows } = await database.run(`
    SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids, count(DISTINCT "eventType")::int AS types,
      bool_and(id ~ '^c[a-z0-9]{24}$' AND "userId" ~ '^c[a-z0-9]{24}$') AS cuids,
      bool_and("timestamp" < '${OPTIONS.baseTime}') AS past,
      count(DISTINCT "experimentPhase")::int AS phases, count(DISTINCT "userId")::int > 5 AS users,
      bool_and("dayOfWeek" BETWEEN 0 AND 6) AND bool_and("timeOfDay" BETWEEN 0 AND 23)
        AND bool_and("sessionPerformanceScore" BETWEEN 0 AND 100) AS ranges,
      array_agg(DISTINCT jsonb_typeof("eventData")) AS forms
    FROM "BehavioralEvent"`);
  expect(rows[0]).toEqual({
    rows: 5000,
    ids: 5000,
    types: 23,
    cuids: true,
    past: true,
    phases: 4,
    users: true,
    ranges: true,
    forms: ['object', 'string'],
  });
});

test('are the same rows on PGlite as on a server, read through the source', async () => {
  const pglite = await PGlite.create(join(folder, 'db'));
  for (const statement of createBehavioralEvents()) await pglite.exec(statement);
  await pglite.exec(insertBehavioralEvents(OPTIONS));
  await pglite.close();

  const read = async (url: string) => {
    const context = contextOf({ root: folder });
    const session = await openSource().open(
      { connection: { url }, relations: [{ tables: ['BehavioralEvent', 'behavioral_events'] }], jobs: 1 },
      context,
    );
    try {
      const rows = await allRows(session, {}, 700, context);
      await session.finish(context);
      return {
        relation: { ...session.relations[0], estimatedRows: undefined, estimatedBytes: undefined },
        rows: rows.toSorted(),
      };
    } finally {
      await session.close();
    }
  };
  const [server, embedded] = [await read(database.url), await read('pglite:db')];
  expect(embedded.relation).toEqual(server.relation);
  expect(embedded.rows).toEqual(server.rows);
  expect(server.rows).toHaveLength(5000);
});
