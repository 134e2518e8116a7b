import type { RelationRequest, SourceSession } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf, failureOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
});
afterAll(() => database.drop());

function open(relation: RelationRequest, jobs = 1, url = database.url): Promise<SourceSession> {
  return openSource().open({ connection: { url }, relations: [relation], jobs }, contextOf());
}

async function readAll(relation: RelationRequest) {
  const session = await open(relation);
  try {
    const rows = await allRows(session);
    await session.finish(contextOf());
    return { relation: session.relations[0], rows };
  } finally {
    await session.close();
  }
}

const literal = (name: string) => `"${name.replaceAll('"', '""')}"`;

test.each([
  ['quotes', 'a"; DROP TABLE x; --'],
  ['a line break', 'line\nbreak'],
  ['emoji', '🐘 snap'],
  ['__proto__', '__proto__'],
  ['63 bytes', 'x'.repeat(63)],
  ['a dot', 'with.dot'],
  ['a backslash and a brace', 'back\\slash{,}'],
])('reads a table and a column whose names hold %s', async (_, name) => {
  await database.run(
    `CREATE TABLE ${literal(name)} (${literal(name)} text, b int); INSERT INTO ${literal(name)} VALUES ('v', 1)`,
  );
  const { relation, rows } = await readAll({ tables: [name] });
  expect(relation).toMatchObject({ kind: 'table', schema: 'public', name, locked: true });
  expect(relation?.columns.map((column) => column.name)).toEqual([name, 'b']);
  expect(rows).toEqual([['v', '1']]);
});

test('takes a name whole before it parts it at a dot', async () => {
  await database.run(
    `CREATE SCHEMA s; CREATE TABLE s.t (a int); CREATE TABLE "s.t" (b int); CREATE TABLE s."u.v" (c int)`,
  );
  expect((await readAll({ tables: ['s.t'] })).relation).toMatchObject({ schema: 'public', name: 's.t' });
  expect((await readAll({ tables: ['s.u.v'] })).relation).toMatchObject({ schema: 's', name: 'u.v' });
});

test('reads the first of several names that exists', async () => {
  await database.run('CREATE TABLE behavioral_events (a int)');
  const { relation, rows } = await readAll({ tables: ['BehavioralEvent', 'behavioral_events'] });
  expect(relation?.name).toBe('behavioral_events');
  expect(rows).toEqual([]);
});

test('lists every name that was tried, and the nearest that exist, written alike first', async () => {
  await database.run('CREATE TABLE "Orders" (a int); CREATE TABLE orders (a int)');
  const error = await failureOf(open({ tables: ['orderz', 'nothing.here'] }));
  expect(error.code).toBe('SNAPKEEP_TABLE_NOT_FOUND');
  expect(error.message).toContain('orderz, nothing.here; did you mean orders or Orders?');
  expect(error.details).toMatchObject({ tried: ['orderz', 'nothing.here'], nearest: 'orders' });
  expect((await failureOf(open({ tables: ['Orderz'] }))).message).toContain('did you mean Orders or orders?');
  expect((await failureOf(open({ tables: ['public.ordrs'] }))).message).toContain('did you mean orders or Orders?');
});

test('names some tables where none is near', async () => {
  const { message } = await failureOf(open({ tables: ['nosuch.thing_whatsoever'] }));
  expect(message).toMatch(/is called nosuch\.thing_whatsoever; there are \S.*, …$/);
});

test('gives key in key order, comments, nullability, generated columns, and leaves dropped ones out', async () => {
  await database.run(`
    CREATE DOMAIN needed AS int NOT NULL;
    CREATE TABLE described (a int, gone int, b text NOT NULL, c needed DEFAULT 1, d int GENERATED ALWAYS AS (a + 1) STORED,
      PRIMARY KEY (b, a));
    ALTER TABLE described DROP COLUMN gone;
    COMMENT ON COLUMN described.b IS 'what b is'; COMMENT ON TABLE described IS 'all of it';
    INSERT INTO described VALUES (1, 'x'); ANALYZE described`);
  const { relation, rows } = await readAll({ tables: ['described'] });
  expect(relation).toMatchObject({ key: ['b', 'a'], comment: 'all of it', estimatedRows: 1 });
  expect(relation?.columns.map(({ name, nullable, comment }) => [name, nullable, comment])).toEqual([
    ['a', false, undefined],
    ['b', false, 'what b is'],
    ['c', true, undefined],
    ['d', true, undefined],
  ]);
  expect(rows).toEqual([['1', 'x', '1', '2']]);
});

test('does not trust a NOT NULL that was never checked against the old rows', async () => {
  const { rows } = await database.run('SHOW server_version_num');
  if (Number(rows[0].server_version_num) < 180_000) return;
  await database.run(`CREATE TABLE unchecked (a int); INSERT INTO unchecked VALUES (NULL);
    ALTER TABLE unchecked ADD CONSTRAINT later NOT NULL a NOT VALID`);
  expect((await readAll({ tables: ['unchecked'] })).relation?.columns[0]?.nullable).toBe(true);
});

test('reads partitioned tables, views, materialised views, and says which are locked', async () => {
  await database.run(`
    CREATE TABLE parts (a int) PARTITION BY RANGE (a);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
    CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
    INSERT INTO parts SELECT generate_series(0, 19); ANALYZE parts, parts_1, parts_2;
    CREATE VIEW seen AS SELECT a * 2 AS twice FROM parts;
    CREATE MATERIALIZED VIEW stored AS SELECT a FROM parts WHERE a < 3`);
  const parts = await readAll({ tables: ['parts'] });
  expect(parts.relation).toMatchObject({ kind: 'partitioned table', locked: true, estimatedRows: 20 });
  expect(parts.rows).toHaveLength(20);
  const seen = await readAll({ tables: ['seen'] });
  expect(seen.relation).toMatchObject({ kind: 'view', locked: true, key: [] });
  expect(seen.relation).not.toHaveProperty('estimatedRows');
  expect(seen.rows).toHaveLength(20);
  const stored = await readAll({ tables: ['stored'] });
  expect(stored.relation).toMatchObject({ kind: 'materialized view', locked: false });
  expect(stored.rows).toHaveLength(3);
});

test('refuses a table without columns', async () => {
  await database.run('CREATE TABLE bare ()');
  expect((await failureOf(open({ tables: ['bare'] }))).code).toBe('SNAPKEEP_COLUMN_REFUSED');
});

test('names the table that the user may not read', async () => {
  await database.run(`DROP ROLE IF EXISTS snapkeep_reader; CREATE ROLE snapkeep_reader LOGIN PASSWORD 'reader-pw';
    CREATE TABLE secret (a int); CREATE TABLE partly (a int, b int); GRANT SELECT (a) ON partly TO snapkeep_reader`);
  const url = new URL(database.url);
  url.username = 'snapkeep_reader';
  url.password = 'reader-pw';
  try {
    for (const table of ['secret', 'partly']) {
      const error = await failureOf(open({ tables: [table] }, 1, url.toString()));
      expect(error.code).toBe('SNAPKEEP_SOURCE_PERMISSION');
      expect(error.message).toContain(`may not read ${table === 'partly' ? 'b of ' : ''}public.${table}`);
    }
  } finally {
    await database.run('DROP OWNED BY snapkeep_reader; DROP ROLE snapkeep_reader');
  }
});

test('refuses a table of which row-level security hides rows, unless it may', async () => {
  await database.run(`DROP ROLE IF EXISTS snapkeep_tenant; CREATE ROLE snapkeep_tenant LOGIN PASSWORD 'tenant-pw';
    CREATE TABLE owned (owner text, a int); INSERT INTO owned VALUES ('snapkeep_tenant', 1), ('other', 2);
    ALTER TABLE owned ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON owned USING (owner = current_user);
    GRANT SELECT ON owned TO snapkeep_tenant`);
  const url = new URL(database.url);
  url.username = 'snapkeep_tenant';
  url.password = 'tenant-pw';
  const rowsAs = async (address: string, settings = {}) => {
    const context = contextOf({ settings });
    const request = { connection: { url: address }, relations: [{ tables: ['owned'] }], jobs: 1 };
    const session = await openSource().open(request, context);
    try {
      return await allRows(session, {}, 10, context);
    } finally {
      await session.close();
    }
  };
  try {
    const error = await failureOf(rowsAs(url.toString()));
    expect(error).toMatchObject({ code: 'SNAPKEEP_SOURCE_PERMISSION', hint: expect.stringContaining('BYPASSRLS') });
    expect(await rowsAs(url.toString(), { rowSecurity: true })).toEqual([['snapkeep_tenant', '1']]);
    expect(await rowsAs(database.url)).toHaveLength(2);
  } finally {
    await database.run('DROP OWNED BY snapkeep_tenant; DROP ROLE snapkeep_tenant');
  }
});

test('finds Prisma’s schema where the address names one', async () => {
  await database.run('CREATE SCHEMA app; CREATE TABLE app."User" (a int)');
  const session = await open({ tables: ['User'] }, 1, `${database.url}?schema=app&connection_limit=5`);
  expect(session.relations[0]).toMatchObject({ schema: 'app', name: 'User' });
  await session.close();
});
