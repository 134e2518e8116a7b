import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

interface Exported {
  readonly dataset: string;
  readonly path: string;
}

const COLUMNS = ['__proto__', 'a"b', "it's", 'line\nbreak', 'é🦆', 'select', ' ', 'constructor', 'x'.repeat(63)];
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

test('a table called Order "x" is taken literally, and its dataset has a plain name', async () => {
  const project = await createProject({
    sql: `CREATE TABLE "Order ""x""" (id int PRIMARY KEY); INSERT INTO "Order ""x""" VALUES (1), (2)`,
  });
  const exported = await project.data<Exported>('export', 'Order "x"');
  expect(exported).toMatchObject({ dataset: 'order__x_', rows: 2, version: 1 });
  expect(await project.data('query', 'SELECT count(*) AS n FROM order__x_')).toMatchObject({ rows: [[2]] });
  await project.data('sync', 'order__x_');
  expect(await project.data('export', 'public.Order "x"')).toMatchObject({ dataset: 'order__x_', unchanged: true });
  await expectAgreement(project, 'order__x_', 1);
});

test('columns of any name keep name and values', async () => {
  const values = COLUMNS.map((_, index) => `'value ${index}'`);
  const project = await createProject({
    sql: [
      `CREATE TABLE odd (${COLUMNS.map((name) => `${quoted(name)} text NOT NULL`).join(', ')}, PRIMARY KEY ("__proto__"))`,
      `INSERT INTO odd VALUES (${values.join(', ')})`,
    ],
  });
  const { path: folder } = await project.data<Exported>('export', 'odd', '--sync');
  const described = await duckdb(`DESCRIBE SELECT * FROM ${parquetOf(path.join(project.root, folder))}`);
  expect(described.map(({ column_name: name }) => name)).toEqual(COLUMNS);
  const answer = await project.data<{ columns: { name: string }[]; rows: string[][] }>('query', 'SELECT * FROM odd');
  expect(answer.columns.map(({ name }) => name)).toEqual(COLUMNS);
  expect(answer.rows).toEqual([COLUMNS.map((_, index) => `value ${index}`)]);
  await project.database.run(`UPDATE odd SET "it's" = 'other'`);
  await project.data('export', 'odd');
  expect(await project.data('version', 'diff', 'odd')).toMatchObject({ columns: [{ name: "it's", changed: 1 }] });
  const shown = await project.run('version', 'show', 'odd');
  expect(shown.exitCode, shown.stderr).toBe(0);
  expect(await project.data('export', 'odd', '--where', "it's=other", '--where', '__proto__=value 0')).toMatchObject({
    rows: 1,
  });
});

test('columns that differ in case only are refused by name', async () => {
  const project = await createProject({ sql: 'CREATE TABLE twins ("Name" text, "name" text)' });
  const before = await stateOf(project);
  const failure = await project.failure('export', 'twins');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_COLUMN_REFUSED', exitCode: 11 });
  expect(failure.message).toMatch(/"Name".*"name"/);
  expect(await stateOf(project)).toEqual(before);
});

test('two tables that come to one dataset’s name are kept apart by --as', async () => {
  const project = await createProject({
    sql: [
      'CREATE TABLE "Item" (id int PRIMARY KEY)',
      'CREATE TABLE item (id int PRIMARY KEY)',
      'INSERT INTO item VALUES (1)',
    ],
  });
  await project.data('export', 'Item');
  const before = await stateOf(project);
  const failure = await project.failure('export', 'item');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_USAGE', exitCode: 2 });
  expect(failure.hint).toContain('--as');
  expect(await stateOf(project)).toEqual(before);
  expect(await project.data('export', 'item', '--as', 'small_item')).toMatchObject({
    dataset: 'small_item',
    version: 1,
  });
  for (const name of ['../up', 'Up', 'a/b', '']) {
    expect(await project.failure('export', 'item', '--as', name)).toMatchObject({ exitCode: 2 });
  }
});

test('the same table name in two schemas needs the schema or is told', async () => {
  const project = await createProject({
    sql: ['CREATE SCHEMA shop', 'CREATE TABLE shop.sale (id int PRIMARY KEY)', 'INSERT INTO shop.sale VALUES (1), (2)'],
  });
  expect(await project.data('export', 'shop.sale')).toMatchObject({ dataset: 'sale', rows: 2 });
});

test('fields, labels, keys, indexes, distributions and reports of any name', async () => {
  const names = [
    ...COLUMNS,
    'hasOwnProperty',
    '\\',
    '\t',
    '\u202e',
    'v0',
    'refused',
    '🦆'.repeat(15),
    'a.b/c~d',
    ';--',
  ];
  const project = await createProject({
    sql: [
      `CREATE SCHEMA "we""ird. 🦆"`,
      `CREATE TYPE "my ""type""" AS (${names.map((name) => `${quoted(name)} int`).join(', ')})`,
      `CREATE TYPE "mood's" AS ENUM ('__proto__', 'new\nline', '"')`,
      `CREATE TABLE "we""ird. 🦆"."ta""ble\nx" (${names.map((name) => `${quoted(name)} text NOT NULL`).join(', ')},
        nested "my ""type"""[], mood "mood's", PRIMARY KEY ("__proto__", "line\nbreak"))`,
      `INSERT INTO "we""ird. 🦆"."ta""ble\nx" SELECT ${names.map((_, index) => `n || ' ${index}'`).join(', ')},
        ARRAY[ROW(${names.map((_, index) => index).join(', ')})::"my ""type"""], 'new\nline' FROM generate_series(1, 3) AS n`,
    ],
    datasets: {
      odd: {
        table: 'we"ird. 🦆.ta"ble\nx',
        distributions: ['constructor', 'mood'],
        rules: [{ name: 'three', sql: `count(DISTINCT "__proto__") = 3`, severity: 'error' }],
        sync: [{ target: 'duckdb', to: 'a.duckdb', mode: 'table', indexes: [['__proto__', 'a"b'], ['line\nbreak']] }],
      },
    },
  });
  const { types } = await project.data<{ types: string }>('schema', 'types', 'odd');
  for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) expect(types).toContain(`  ${name}: string;`);
  const file = path.join(project.root, 'odd.schema.json');
  const { schema } = await project.data<{ schema: { properties: object } }>('schema', 'infer', 'odd', '-o', file);
  expect(Object.keys(schema.properties)).toEqual([...names, 'nested', 'mood']);
  await project.data('schema', 'check', '--file', file);

  const { path: folder } = await project.data<Exported>('export', 'odd', '--sync');
  const answer = await project.data<{ rows: unknown[][] }>(
    'query',
    'SELECT nested, * FROM odd ORDER BY "__proto__" LIMIT 1',
  );
  const [nested, ...values] = answer.rows[0] ?? [];
  expect(Object.entries((nested as object[])[0] ?? {})).toEqual(names.map((name, index) => [name, index]));
  expect(values.slice(0, -2)).toEqual(names.map((_, index) => `1 ${index}`));
  const indexes = await duckdb('SELECT count(*)::int AS n FROM duckdb_indexes()', path.join(project.root, 'a.duckdb'));
  expect(indexes).toEqual([{ n: 2 }]);
  const manifest = JSON.parse(await readFile(`${path.join(project.root, folder)}.json`, 'utf8'));
  expect(manifest.quality.distributions).toMatchObject([
    { values: [{}, {}, {}] },
    { values: [{ value: 'new\nline', rows: 3 }] },
  ]);

  await writeFile(file, JSON.stringify({ properties: { 'line\nbreak': { pattern: '^[12]' } } }));
  const config = path.join(project.root, 'snapkeep.config.yaml');
  await writeFile(config, (await readFile(config, 'utf8')).replace('"odd":{', '"odd":{"schema":"odd.schema.json",'));
  const refused = await project.run('validate', 'odd');
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain('line\\u{a}break must match the pattern');
  const [report = ''] = await readdir(path.join(project.root, '.snapkeep', 'rejected'));
  const rows = await duckdb(
    `SELECT * FROM read_csv('${path.join(project.root, '.snapkeep', 'rejected', report)}', header = true)`,
  );
  expect(rows).toMatchObject([{ 'line\nbreak': '3 3', pointer: '/line\nbreak' }]);
});
