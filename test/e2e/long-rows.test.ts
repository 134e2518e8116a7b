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

test('rows of tens of kilobytes to some megabytes are written within the default memory, in any order and both lanes the same file', async () => {
  const words = (n: string, count: string) =>
    `(SELECT string_agg(md5((${n} * 1000 + w)::text), ' ') FROM generate_series(1, ${count}) AS w)`;
  const project = await createProject({
    sql: `CREATE TABLE shuffled AS SELECT (n * 7919) % 3001 AS id, ${words('n', '700 + n % 500')} AS doc, CASE WHEN n % 3 = 0 THEN decode(md5(n::text), 'hex') END AS small,
        ARRAY[n, n + 1] AS list FROM generate_series(1, 3000) AS n;
      ALTER TABLE shuffled ADD PRIMARY KEY (id);
      CREATE TABLE ordered AS SELECT n AS id, ${words('n', 'CASE WHEN n % 100 = 0 THEN 32000 WHEN n < 2000 THEN 1200 ELSE 1 END')} AS doc FROM generate_series(1, 4000) AS n;
      ALTER TABLE ordered ADD PRIMARY KEY (id);
      CREATE TABLE keyless AS SELECT n, ${words('n', '32000')} AS doc FROM generate_series(1, 100) AS n; ANALYZE`,
    datasets: {
      shuffled: { table: 'shuffled' },
      ordered: { table: 'ordered' },
      keyless: { table: 'keyless' },
      parts: { table: 'shuffled', parts: { by: 'key', targetMB: 8 } },
      unsorted: { table: 'shuffled', sort: 'none' },
    },
  });
  interface Made extends Exported {
    readonly contentHash: string;
    readonly files: readonly { readonly sha256: string }[];
  }
  const [hashes, files] = [new Map<string, string[]>(), new Map<string, string[]>()];
  for (const name of ['shuffled', 'ordered', 'keyless', 'parts', 'unsorted']) {
    const lanes = ['parts', 'unsorted'].includes(name) ? ['fast'] : ['fast', 'row'];
    for (const lane of lanes) {
      const made = await project.data<Made>('export', name, '--no-version', '--lane', lane);
      hashes.set(name, [...(hashes.get(name) ?? []), made.contentHash]);
      files.set(name, [...(files.get(name) ?? []), made.files.map(({ sha256 }) => sha256).join()]);
      const held = await duckdb(
        `SELECT md5(doc) AS sum FROM ${parquetOf(path.join(project.root, made.path))} ORDER BY md5(doc)`,
      );
      const table = ['parts', 'unsorted'].includes(name) ? 'shuffled' : name;
      const given = await project.database.run(`SELECT md5(doc) AS sum FROM ${table} ORDER BY md5(doc) COLLATE "C"`);
      expect(held, `${name}, ${lane}`).toEqual(given.rows);
    }
  }
  for (const name of ['shuffled', 'ordered']) expect(new Set(files.get(name)).size, name).toBe(1);
  for (const [name, found] of hashes) expect(new Set(found).size, name).toBe(1);
  expect(hashes.get('unsorted')?.[0]).toBe(hashes.get('shuffled')?.[0]);
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
