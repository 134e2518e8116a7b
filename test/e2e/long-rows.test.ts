import path from 'node:path';
import { expect, test } from 'vitest';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject } from './support/project.ts';

interface Exported {
  readonly path: string;
  readonly rows: number;
}

// Characters of one, two and four bytes, and a quote that JSON escapes: 40 bytes in the server's text.
const PIECE = `md5('a') || 'é😀"'`;

test('one jsonb of 100 MB is refused with its size, and written exactly with the memory that the refusal names', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t (id int PRIMARY KEY, doc jsonb);
      INSERT INTO t SELECT n, CASE WHEN n < 700 THEN jsonb_build_object('n', n) END FROM generate_series(1, 3000) AS n;
      UPDATE t SET doc = jsonb_build_object('text', repeat(${PIECE}, 2500000)) WHERE id = 700`,
  });
  const failure = await project.failure('export', 't', '--no-version');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_VALUE_INEXACT', exitCode: 11 });
  expect(failure.message).toMatch(/^row \S+ takes 100\.0 MB; with memoryLimitMB: 200 one row may take 20 MB$/);
  await project.write({ 'snapkeep.config.yaml': `memoryLimitMB: ${Number(failure.details.neededMB)}\n` });
  const { path: folder, rows } = await project.data<Exported>('export', 't', '--no-version');
  expect(rows).toBe(3000);
  const [held] = await duckdb(
    `SELECT md5(doc::VARCHAR) AS sum, strlen(doc::VARCHAR) AS bytes FROM ${parquetOf(path.join(project.root, folder))} WHERE id = 700`,
  );
  const given = await project.database.run(
    'SELECT md5(doc::text) AS sum, octet_length(doc::text)::text AS bytes FROM t WHERE id = 700',
  );
  expect(held).toEqual(given.rows[0]);
});

test('rows of many megabytes among short ones and NULLs arrive as they are', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t (k text PRIMARY KEY, doc text, tags text[]);
      INSERT INTO t SELECT md5(n::text), CASE WHEN n % 500 = 0 THEN repeat(md5(n::text), 16000) WHEN n = 700 THEN repeat('é😀' || chr(1), 2000000) END,
        CASE WHEN n % 3 = 0 THEN ARRAY[n::text, NULL] END FROM generate_series(1, 6000) AS n`,
  });
  const { path: folder, rows } = await project.data<Exported>('export', 't', '--no-version');
  expect(rows).toBe(6000);
  const held = await duckdb(
    `SELECT k, md5(doc) AS sum FROM ${parquetOf(path.join(project.root, folder))} WHERE doc IS NOT NULL ORDER BY k`,
  );
  const given = await project.database.run(
    `SELECT k, md5(doc) AS sum FROM t WHERE doc IS NOT NULL ORDER BY k COLLATE "C"`,
  );
  expect(held).toEqual(given.rows);
});

test('rows of any number are sorted, those too that just about fit into the memory', { timeout: 180_000 }, async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t AS SELECT md5(n::text) AS id, md5((n % 1000)::text) AS a, md5((n % 777)::text) AS b, repeat(md5(n::text), 3) AS c,
        jsonb_build_object('n', n, 'text', md5((n + 1)::text)) AS doc, n % 7 AS d, now() + n * interval '1 s' AS at
      FROM generate_series(1, 300000) AS n;
      ALTER TABLE t ADD PRIMARY KEY (id)`,
  });
  await project.write({ 'snapkeep.config.yaml': 'memoryLimitMB: 128\n' });
  for (const rows of [180_000, 240_000, 300_000]) {
    const result = await project.data<Exported>('export', 't', '--no-version', '--limit', String(rows));
    expect(result.rows).toBe(rows);
  }
});

test('many long rows are refused with the memory that they need, and written with it', async () => {
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t AS SELECT n AS id, repeat(md5(n::text), 31250) AS doc FROM generate_series(1, 250) AS n;
      ALTER TABLE t ADD PRIMARY KEY (id); ANALYZE t`,
  });
  await project.write({ 'snapkeep.config.yaml': 'memoryLimitMB: 128\n' });
  const failure = await project.failure('export', 't', '--no-version');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_MEMORY_LIMIT', exitCode: 12 });
  expect(failure.message).toMatch(/^the rows take 1,000 kB on average, and 250 of them are held at a time/);
  await project.write({ 'snapkeep.config.yaml': `memoryLimitMB: ${Number(failure.details.neededMB)}\n` });
  expect((await project.data<Exported>('export', 't', '--no-version')).rows).toBe(250);
});

test('150 columns of texts, most of them NULL, are written within the default memory', async () => {
  const columns = Array.from(
    { length: 150 },
    (_, index) => `CASE WHEN n % ${index + 20} = 0 THEN 'text ' || n END AS c${index}`,
  );
  const project = await createProject({
    init: false,
    sql: `CREATE TABLE t AS SELECT n AS id, ${columns.join(', ')} FROM generate_series(1, 120000) AS n;
      ALTER TABLE t ADD PRIMARY KEY (id); ANALYZE t`,
  });
  expect((await project.data<Exported>('export', 't', '--no-version')).rows).toBe(120_000);
});
