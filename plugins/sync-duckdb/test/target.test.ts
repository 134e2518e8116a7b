import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createTestContext } from '@snapkeep/sdk/conformance';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { duckdbTarget } from '../src/target.ts';
import { type Bench, column, createBench, numbers, runSql } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await createBench();
});
afterEach(() => bench.dispose());

const sync = (...request: Parameters<Bench['request']>) =>
  duckdbTarget.sync(bench.request(...request), createTestContext());

test('a table gets the indexes that were asked for, each once', async () => {
  const file = await bench.parquet('a.parquet', numbers(10));
  const indexes = [['id', 'name'], ['name'], ['name']];
  const result = await sync([file], 10, { indexes });
  expect(result.indexes).toEqual(['events_id_name', 'events_name']);
  const sql = 'SELECT index_name FROM duckdb_indexes() ORDER BY 1';
  expect(await runSql(bench.to, sql)).toEqual([['events_id_name'], ['events_name']]);
  await sync([file], 10, { indexes: [['name']] });
  expect(await runSql(bench.to, sql)).toEqual([['events_name']]);
});

test('indexes whose columns come to one name are two indexes', async () => {
  const file = await bench.parquet('a.parquet', 'SELECT 1 AS a, 2 AS b, 3 AS a_b');
  const columns = ['a', 'b', 'a_b'].map((name) => column(name, 'INTEGER'));
  const result = await sync([file], 1, { columns, indexes: [['a', 'b'], ['a_b']] });
  expect(result.indexes).toEqual(['events_a_b', 'events_a_b_2']);
});

test('the file records which version it holds, or that a view follows latest', async () => {
  const file = await bench.parquet('a.parquet', numbers(10));
  const recorded = 'SELECT schema_name, relation_name, dataset, version, follows, mode, rows FROM snapkeep.datasets';
  await sync([file], 10, { version: 7 });
  expect(await runSql(bench.to, recorded)).toEqual([['research', 'events', 'events', '7', null, 'table', '10']]);
  await sync([file], 10, { version: 7, mode: 'view', followLatest: true });
  expect(await runSql(bench.to, recorded)).toEqual([['research', 'events', 'events', null, 'latest', 'view', '10']]);
  await sync([file], 10, { version: null, mode: 'view' });
  expect(await runSql(bench.to, recorded)).toEqual([['research', 'events', 'events', null, null, 'view', '10']]);
});

test('a view that follows latest shows the new snapshot when the link moves, all of its files', async () => {
  const old = await bench.parquet('one/events.parquet', numbers(3));
  await bench.parquet('two/events-00000.parquet', numbers(5));
  await bench.parquet('two/events-00001.parquet', numbers(4));
  await bench.parquet('two/quarantine/events.parquet', numbers(2));
  const latest = path.join(path.dirname(path.dirname(old)), 'latest');
  await symlink('one', latest);
  await sync([path.join(latest, 'events.parquet')], 3, { mode: 'view', followLatest: true });
  await symlink('two', `${latest}.new`);
  await rename(`${latest}.new`, latest);
  expect(await runSql(bench.to, 'SELECT count(*) FROM research.events')).toEqual([['9']]);
});

test('a snapshot without rows keeps its columns and types', async () => {
  const file = await bench.parquet('a.parquet', 'SELECT 1::DECIMAL(12,2) AS amount, now() AS at WHERE false');
  for (const mode of ['view', 'table'] as const) {
    const columns = [column('amount', 'DECIMAL(12,2)'), column('at', 'TIMESTAMP WITH TIME ZONE')];
    expect((await sync([file], 0, { mode, columns, indexes: [['amount']] })).rows).toBe(0);
    expect(await runSql(bench.to, 'SELECT column_name, column_type FROM (DESCRIBE research.events)')).toEqual([
      ['amount', 'DECIMAL(12,2)'],
      ['at', 'TIMESTAMP WITH TIME ZONE'],
    ]);
  }
});

test('several files are one relation', async () => {
  const files = [
    await bench.parquet('a-00000.parquet', numbers(3)),
    await bench.parquet('a-00001.parquet', numbers(4)),
  ];
  expect((await sync(files, 7)).rows).toBe(7);
});

test('hostile names of schema, relation, columns, folders and of the file itself', async () => {
  const name = 'a"; DROP TABLE x; --';
  const file = await bench.parquet(`k=1/[a]*'?/x.parquet`, `SELECT 1 AS "we""ird", 2 AS "__proto__", 3 AS "é 🦆"`);
  const columns = ['we"ird', '__proto__', 'é 🦆'].map((one) => column(one, 'INTEGER'));
  const to = path.join(bench.folder, `re"search'.duckdb`);
  for (const mode of ['view', 'table'] as const) {
    const indexes = columns.map((one) => [one.name]);
    const result = await sync([file], 1, { to, mode, schema: `re"search'`, name, columns, indexes });
    expect(result.relation).toBe(`"re""search'"."re""search'"."a""; DROP TABLE x; --"`);
    expect(await runSql(to, `SELECT * FROM ${result.relation}`)).toEqual([[1, 2, 3]]);
  }
});

test('the name in the result can be used in SQL as it stands', async () => {
  const file = await bench.parquet('a.parquet', numbers(3));
  for (const [schema, name, relation] of [
    ['research', 'events', 'research.events'],
    ['main', 'Order', 'main."Order"'],
    ['analytics', 'events', 'analytics.analytics.events'],
  ] as const) {
    const result = await sync([file], 3, { schema, name });
    expect(result.relation).toBe(relation);
    expect(await runSql(bench.to, `SELECT count(*) FROM ${relation}`)).toEqual([['3']]);
  }
});

test('a relation that snapkeep did not make is left alone', async () => {
  const file = await bench.parquet('a.parquet', numbers(3));
  await mkdir(path.dirname(bench.to));
  await runSql(bench.to, 'CREATE SCHEMA research', 'CREATE VIEW research.EVENTS AS SELECT 42 AS answer');
  await expect(sync([file], 3)).rejects.toMatchObject({ code: 'SNAPKEEP_SYNC_FAILED', message: /did not make/ });
  expect(await runSql(bench.to, 'SELECT * FROM research.events')).toEqual([[42]]);
  await expect(sync([file], 3, { schema: 'snapkeep', name: 'datasets' })).rejects.toMatchObject({
    code: 'SNAPKEEP_SYNC_FAILED',
  });
});

test('a file that another process has open is busy', async () => {
  const file = await bench.parquet('a.parquet', numbers(3));
  await sync([file], 3);
  const script = `const { DuckDBInstance } = await import('@duckdb/node-api');
    await DuckDBInstance.create(${JSON.stringify(bench.to)});
    process.stdout.write('open');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
  try {
    await once(child.stdout, 'data');
    await expect(sync([file], 3)).rejects.toMatchObject({ code: 'SNAPKEEP_SYNC_BUSY', exitCode: 13 });
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  expect((await sync([file], 3)).rows).toBe(3);
});

test('a file that is no database fails with one line and stays as it is', async () => {
  const file = await bench.parquet('a.parquet', numbers(3));
  const to = path.join(bench.folder, 'notes.duckdb');
  await writeFile(to, 'not a database, but somebody’s notes');
  const failure = await sync([file], 3, { to }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'SNAPKEEP_SYNC_FAILED', message: /not a database that this DuckDB can open$/ });
  expect(existsSync(to)).toBe(true);
  await expect(sync([file], 3, { to: bench.folder })).rejects.toMatchObject({ code: 'SNAPKEEP_SYNC_FAILED' });
  await expect(sync([file], 3, { to: 'md:cloud' })).rejects.toMatchObject({ code: 'SNAPKEEP_SYNC_FAILED' });
});

test('an index on a column that is not there, or that DuckDB can’t index, is refused by name', async () => {
  const file = await bench.parquet('a.parquet', 'SELECT 1 AS id, [1, 2] AS tags');
  const columns = [column('id', 'INTEGER'), column('tags', 'INTEGER[]')];
  await expect(sync([file], 1, { columns, indexes: [['idd']] })).rejects.toMatchObject({
    code: 'SNAPKEEP_COLUMN_UNKNOWN',
    message: /did you mean "id"/,
  });
  await expect(sync([file], 1, { columns, indexes: [['id', 'tags']] })).rejects.toMatchObject({
    code: 'SNAPKEEP_SYNC_FAILED',
    message: /can’t index the column "tags" of type INTEGER\[\]/,
  });
});

test('after a failure nothing is left of a file that was not there before', async () => {
  const file = await bench.parquet('a.parquet', numbers(3));
  await expect(sync([file], 4)).rejects.toMatchObject({ code: 'SNAPKEEP_SYNC_MISMATCH', exitCode: 14 });
  await expect(sync([path.join(bench.folder, 'gone.parquet')], 3)).rejects.toMatchObject({
    code: 'SNAPKEEP_SYNC_FAILED',
  });
  expect(await readdir(path.dirname(bench.to))).toEqual([]);
});

test('no log stays beside the file', async () => {
  await sync([await bench.parquet('a.parquet', numbers(1_000))], 1_000);
  expect(await readdir(path.dirname(bench.to))).toEqual(['analytics.duckdb']);
});

test('types survive the copy', async () => {
  const types = [
    'DECIMAL(38,10)',
    'TIMESTAMP WITH TIME ZONE',
    'UUID',
    'BLOB',
    'DATE',
    'TIME',
    'BOOLEAN',
    'SMALLINT',
    'DOUBLE',
  ];
  const select = types.map((type, index) => `NULL::${type} AS c${index}`).join(', ');
  await sync([await bench.parquet('a.parquet', `SELECT ${select}`)], 1, { columns: [] });
  const described = await runSql(bench.to, 'SELECT column_type FROM (DESCRIBE research.events)');
  expect(described.flat()).toEqual(types);
});
