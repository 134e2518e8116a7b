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
