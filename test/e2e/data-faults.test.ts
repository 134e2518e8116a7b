import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Cli } from './support/cli.ts';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject } from './support/project.ts';

// Duplicate names and names that differ in case: renames.test.ts; hostile names: names.test.ts.

interface Exported {
  readonly path: string;
  readonly rows: number;
  readonly snapshot: string;
}

interface ManifestPart {
  readonly plan: { readonly columns: readonly { name: string; fileType: string; fidelity: string }[] };
}

/** Exports without a project, and gives what the file holds and what the manifest says of its columns. */
async function taken(cli: Cli, table: string, select = '*') {
  const { path: folder, rows } = await cli.data<Exported>('export', table, '--no-version');
  const directory = path.join(cli.root, folder);
  const { plan }: ManifestPart = JSON.parse(await readFile(`${directory}.json`, 'utf8'));
  return {
    rows,
    columns: Object.fromEntries(plan.columns.map(({ name, fileType, fidelity }) => [name, `${fileType} ${fidelity}`])),
    values: await duckdb(`SELECT ${select} FROM ${parquetOf(directory)} ORDER BY ALL`),
  };
}

test('no columns: refused by name', async () => {
  const project = await createProject({
    init: false,
    sql: 'CREATE TABLE bare (); CREATE TABLE dropped (a int); ALTER TABLE dropped DROP COLUMN a',
  });
  for (const table of ['bare', 'dropped']) {
    const failure = await project.failure('export', table, '--no-version');
    expect(failure).toMatchObject({ code: 'SNAPKEEP_COLUMN_REFUSED', exitCode: 11 });
    expect(failure.message).toContain(`public.${table} has no columns`);
  }
});

test('infinity: a timestamp or date that never comes is refused with its key', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t (id int PRIMARY KEY, at timestamptz, day date[]); INSERT INTO t VALUES (1, 'now', '{today}'), (7, NULL, '{today,-infinity}')`,
  });
  const failure = await project.failure('export', 't', '--no-version');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_VALUE_INEXACT',
    exitCode: 11,
    details: { column: 'day', key: { id: '7' } },
  });
  await project.database.run(`UPDATE t SET day = NULL, at = 'infinity' WHERE id = 7`);
  expect(await project.failure('export', 't', '--no-version')).toMatchObject({
    details: { column: 'at', key: { id: '7' }, value: 'infinity' },
  });
});

test('BC and year 12345: exact in the file, annotated in the manifest; microseconds kept', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t (day date, at timestamptz, wall timestamp, usual timestamptz, days date[]);
      INSERT INTO t VALUES ('0044-03-15 BC', '12345-06-07 08:09:10.123456+00', '0001-12-31 23:59:59.999999 BC', '9999-12-31 23:59:59.999999+00', '{12345-06-07}'),
        ('2026-01-01', '2026-01-01 00:00:00.000001+00', NULL, '0001-01-01 00:00:00+00', NULL)`,
  });
  const { columns, values } = await taken(
    project,
    't',
    'day::VARCHAR AS day, epoch_us("at") AS at_us, wall::VARCHAR AS wall, days::VARCHAR AS days',
  );
  expect(columns).toEqual({
    day: 'DATE annotated',
    at: 'TIMESTAMP WITH TIME ZONE annotated',
    wall: 'TIMESTAMP annotated',
    usual: 'TIMESTAMP WITH TIME ZONE exact',
    days: 'DATE[] annotated',
  });
  const { rows } = await project.database.run(
    `SELECT (extract(epoch FROM at) * 1000000)::bigint::text AS at FROM t ORDER BY day`,
  );
  expect(values).toEqual([
    { day: '0044-03-15 (BC)', at_us: rows[0].at, wall: '0001-12-31 (BC) 23:59:59.999999', days: '[12345-06-07]' },
    { day: '2026-01-01', at_us: rows[1].at, wall: null, days: null },
  ]);
});

test('NaN and ±Infinity: kept in float, refused in numeric', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE floats (a float4, b float8); INSERT INTO floats VALUES ('NaN', '-Infinity'), ('Infinity', 'NaN');
      CREATE TABLE numerics (id int PRIMARY KEY, v numeric); INSERT INTO numerics VALUES (1, 1), (2, 'Infinity'), (3, 'NaN')`,
  });
  const { values } = await taken(project, 'floats', 'a::VARCHAR AS a, b::VARCHAR AS b');
  expect(values).toEqual([
    { a: 'inf', b: 'nan' },
    { a: 'nan', b: '-inf' },
  ]);
  const failure = await project.failure('export', 'numerics', '--no-version');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_VALUE_INEXACT',
    details: { column: 'v', key: { id: '2' }, value: 'Infinity', rows: 2 },
  });
});

test('numeric of 39 digits and more, negative scale; int8 beyond 2^53', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t (id bigint PRIMARY KEY, wide numeric, declared numeric(60,20), rounded numeric);
      INSERT INTO t VALUES (9007199254740993, 123456789012345678901234567890123456789, 1.5, round(12345, -2)),
        (-9223372036854775808, -0.1, NULL, 1e20)`,
  });
  // A scale below zero is declared since PostgreSQL 15 only.
  if ((await (await startPostgres()).version()) >= 150_000)
    await project.database.run('ALTER TABLE t ALTER rounded TYPE numeric(30,-2)');
  const { columns, values } = await taken(project, 't', '* REPLACE (id::VARCHAR AS id, rounded::VARCHAR AS rounded)');
  expect(columns).toEqual({
    id: 'BIGINT exact',
    wide: 'VARCHAR annotated',
    declared: 'DECIMAL(21,20) exact',
    rounded: 'DECIMAL(21,0) exact',
  });
  expect(values).toMatchObject([
    { id: '-9223372036854775808', wide: '-0.1', declared: null, rounded: '100000000000000000000' },
    { id: '9007199254740993', wide: '123456789012345678901234567890123456789', rounded: '12300' },
  ]);
});

test('jsonb with big integers and 1e400, json with \\u0000: the server’s text', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t (id int PRIMARY KEY, b jsonb, j json, many json[]);
      INSERT INTO t VALUES (1, '{"n": 12345678901234567890123, "e": 1e400}', '{"a":"\\u0000", "a": 1}', ARRAY['"\\u0000"', '1e400']::json[])`,
  });
  const { rows } = await project.database.run('SELECT id, b::text AS b, j::text AS j FROM t');
  const { columns, values } = await taken(
    project,
    't',
    'id, b::VARCHAR AS b, j::VARCHAR AS j, many::VARCHAR[] AS many',
  );
  expect(columns).toEqual({ id: 'INTEGER exact', b: 'JSON exact', j: 'JSON exact', many: 'JSON[] exact' });
  expect(values).toEqual([{ ...rows[0], many: ['"\\u0000"', '1e400'] }]);
  expect(values[0]?.b).toBe(`{"e": 1${'0'.repeat(400)}, "n": 12345678901234567890123}`);
});

test('a SQL_ASCII database with invalid UTF-8: refused with column and key; valid UTF-8 arrives', async () => {
  const project = await createProject({ init: false });
  const name = `${project.database.name}_ascii`;
  await project.database.run(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
  const url = new URL(project.database.url);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`SET client_encoding = 'SQL_ASCII';
      CREATE TABLE t (id text PRIMARY KEY, n int, name text, doc text[]);
      INSERT INTO t VALUES ('a', 1, 'é🦆', '{"ü"}'), ('b', 2, E'caf\\351', NULL), ('c', 3, 'ok', ARRAY[E'\\355\\240\\200'])`);
    const cli = project.with({ DATABASE_URL: url.href });
    const failure = await cli.failure('export', 't', '--no-version');
    expect(failure).toMatchObject({
      code: 'SNAPKEEP_VALUE_INEXACT',
      exitCode: 11,
      details: { column: 'name', key: { id: 'b' }, value: 'caf\\351', encoding: 'SQL_ASCII' },
    });
    expect(failure.message).toMatch(/^column "name" \(text\) holds bytes that are no UTF-8 in the row .*"b.*caf\\351$/);
    await client.query(`UPDATE t SET name = 'cafe' WHERE n = 2`);
    expect((await cli.failure('validate', 't')).details).toMatchObject({ column: 'doc', key: { id: 'c' } });
    await client.query('DELETE FROM t WHERE n = 3');
    expect((await taken(cli, 't', 'name, doc')).values).toEqual([
      { name: 'cafe', doc: null },
      { name: 'é🦆', doc: ['ü'] },
    ]);
  } finally {
    await client.end();
    await project.database.run(`DROP DATABASE ${name} WITH (FORCE)`);
  }
});

test('a "char" beyond ASCII is the server’s escape, or refused where an old server sends the bare byte', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t (id int PRIMARY KEY, c "char", list "char"[]); INSERT INTO t VALUES (1, 'x', '{y}'), (2, (-23)::"char", NULL)`,
  });
  if ((await (await startPostgres()).version()) < 150_000) {
    expect(await project.failure('export', 't', '--no-version')).toMatchObject({
      code: 'SNAPKEEP_VALUE_INEXACT',
      exitCode: 11,
      details: { column: 'c' },
    });
    await project.database.run('DELETE FROM t WHERE id = 2');
    expect((await taken(project, 't')).values).toEqual([{ id: 1, c: 'x', list: ['y'] }]);
  } else {
    expect((await taken(project, 't', 'id, c')).values).toEqual([
      { id: 1, c: 'x' },
      { id: 2, c: '\\351' },
    ]);
  }
});

test('zero rows: a typed, valid snapshot', async () => {
  const project = await createProject({
    sql: 'CREATE TABLE empty (id int PRIMARY KEY, v numeric, at timestamptz NOT NULL, list text[], doc jsonb)',
  });
  const exported = await project.data<Exported>('export', 'empty', '--sync');
  expect(exported.rows).toBe(0);
  const described = await duckdb(`DESCRIBE SELECT * FROM ${parquetOf(path.join(project.root, exported.path))}`);
  expect(described.map(({ column_type: type }) => type)).toEqual([
    'INTEGER',
    'DECIMAL(1,0)',
    'TIMESTAMP WITH TIME ZONE',
    'VARCHAR[]',
    'JSON',
  ]);
  expect(await project.data('version', 'verify', 'empty')).toMatchObject({ ok: true });
  expect(await project.data('query', 'SELECT count(*) AS n FROM empty')).toMatchObject({ rows: [[0]] });
  expect(await project.data('export', 'empty')).toMatchObject({ unchanged: true });
  await project.database.run(`INSERT INTO empty VALUES (1, 2.5, now(), '{}', '{}')`);
  await project.data('export', 'empty');
  expect(await project.data('version', 'diff', 'empty', 'v1', 'v2')).toMatchObject({ rows: { added: 1, removed: 0 } });
});

test('1,600 columns: exported, queried, synced, compared, inferred', async () => {
  const names = Array.from({ length: 1600 }, (_, index) => `column ${index}`);
  const quoted = (name: string) => `"${name}"`;
  const project = await createProject({
    sql: [
      `CREATE TABLE wide (${names.map((name) => `${quoted(name)} int2`).join(', ')}, PRIMARY KEY ("column 0"))`,
      `INSERT INTO wide VALUES (${names.map((_, index) => index).join(', ')})`,
    ],
  });
  const schema = path.join(project.root, 'wide.schema.json');
  await project.data('schema', 'infer', 'wide', '--output', schema);
  expect(Object.keys(JSON.parse(await readFile(schema, 'utf8')).properties)).toEqual(names);
  await project.data('schema', 'check', '--file', schema);
  await writeFile(schema, '');
  const { path: folder } = await project.data<Exported>('export', 'wide', '--sync');
  const [row] = await duckdb(`SELECT * FROM ${parquetOf(path.join(project.root, folder))}`);
  expect(Object.entries(row ?? {})).toEqual(names.map((name, index) => [name, index]));
  await project.database.run('UPDATE wide SET "column 1" = 7, "column 1599" = NULL');
  await project.data('export', 'wide', '--sync');
  expect(await project.data('version', 'diff', 'wide', 'v1', 'v2')).toMatchObject({
    columns: [
      { name: 'column 1', changed: 1 },
      { name: 'column 1599', changed: 1 },
    ],
  });
  expect(await project.data('query', 'SELECT "column 1" AS p, "column 1599" AS l FROM wide')).toMatchObject({
    rows: [[7, null]],
  });
  const synced = await duckdb('SELECT * FROM research.wide', path.join(project.root, 'analytics.duckdb'));
  expect(Object.keys(synced[0] ?? {})).toHaveLength(1600);
}, 400_000);
