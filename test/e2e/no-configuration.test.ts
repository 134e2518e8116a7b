import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject, type Project, type ProjectOptions } from './support/project.ts';
import { expectAgreement, filesOf, stateOf } from './support/state.ts';

interface Exported {
  readonly dataset: string;
  readonly path: string;
  readonly snapshot: string;
  readonly version: number | null;
  readonly rows: number;
  readonly warnings: readonly string[];
}

/** A folder with nothing in it, in no repository. */
async function bare(options: ProjectOptions = {}): Promise<Project> {
  const project = await createProject({ init: false, ...options });
  return { ...project, ...project.with({ DATABASE_URL: '' }) };
}

test('outside of a repository it is told to run init, or to use --no-version, and nothing is written', async () => {
  const project = await bare({ sql: orders(5) });
  const failure = await project.failure('export', 'public.orders', '--url', project.database.url);
  expect(failure).toMatchObject({ code: 'SNAPKEEP_GIT_NO_REPOSITORY', exitCode: 15 });
  expect(failure.hint).toContain('snapkeep init');
  expect(failure.hint).toContain('--no-version');
  expect(await filesOf(project.root)).toEqual({});
});

test('with --no-version a table is exported by its name alone', async () => {
  const project = await bare({ sql: orders(5) });
  const exported = await project.data<Exported>(
    'export',
    'public.orders',
    '--no-version',
    '--url',
    project.database.url,
  );
  expect(exported).toMatchObject({ dataset: 'orders', version: null, rows: 5 });
  const folder = path.join(project.root, exported.path);
  expect(await duckdb(`SELECT count(*)::INT AS n, sum(amount)::VARCHAR AS s FROM ${parquetOf(folder)}`)).toEqual([
    { n: 5, s: '18.75' },
  ]);
  expect(Object.keys(await filesOf(project.root)).sort()).toEqual(
    [`${exported.path}/orders.parquet`, `${exported.path}.json`].sort(),
  );
});

test('a composite key comes from the catalog, sorts the file and is what diff compares by', async () => {
  const project = await createProject({
    sql: `CREATE TABLE grades (student int, course text, grade int, PRIMARY KEY (course, student));
          INSERT INTO grades VALUES (2, 'b', 1), (1, 'b', 2), (9, 'a', 3)`,
  });
  const { path: folder } = await project.data<Exported>('export', 'grades');
  expect(await duckdb(`SELECT course, student FROM ${parquetOf(path.join(project.root, folder))}`)).toEqual([
    { course: 'a', student: 9 },
    { course: 'b', student: 1 },
    { course: 'b', student: 2 },
  ]);
  await project.database.run(`UPDATE grades SET grade = 5 WHERE student = 9`);
  await project.data('export', 'grades');
  expect(await project.data('version', 'diff', 'grades')).toMatchObject({
    key: ['course', 'student'],
    rows: { added: 0, removed: 0, changed: 1, unchanged: 2 },
  });
  await expectAgreement(project, 'grades', 2);
});

test('a table without a key is exported, compared row by row and rolled back', async () => {
  const project = await createProject({
    sql: `CREATE TABLE log (line text); INSERT INTO log VALUES ('a'), ('a'), (NULL), ('')`,
  });
  expect(await project.data('export', 'log')).toMatchObject({ version: 1, rows: 4 });
  await project.database.run(`INSERT INTO log VALUES ('a')`);
  await project.data('export', 'log');
  expect(await project.data('version', 'diff', 'log')).toMatchObject({ key: null, rows: { added: 1, removed: 0 } });
  await project.data('version', 'rollback', 'log', 'v1');
  const sql = `SELECT count(*) AS n, count(line) AS texts FROM log`;
  expect(await project.data('query', sql)).toMatchObject({ rows: [[4, 3]] });
});

test('an empty table gives a typed, valid version with a warning, which syncs', async () => {
  const project = await createProject({ sql: orders(0) });
  const exported = await project.data<Exported>('export', 'orders', '--sync');
  expect(exported).toMatchObject({ version: 1, rows: 0, synced: [{ rows: 0 }] });
  expect(exported.warnings.join()).toMatch(/no rows/);
  const described = await duckdb(`DESCRIBE SELECT * FROM ${parquetOf(path.join(project.root, exported.path))}`);
  expect(described.map(({ column_type: type }) => type)).toEqual([
    'INTEGER',
    'VARCHAR',
    'DECIMAL(10,2)',
    'TIMESTAMP WITH TIME ZONE',
  ]);
  await expectAgreement(project, 'orders', 1);
  expect(await project.data('query', 'SELECT * FROM orders')).toMatchObject({ rows: [] });
});

test('a view, a materialised view and a query are datasets too', async () => {
  const project = await createProject({
    sql: [
      ...orders(10),
      'CREATE VIEW big AS SELECT * FROM orders WHERE amount > 5',
      'CREATE MATERIALIZED VIEW kept AS SELECT * FROM orders',
    ],
    datasets: {
      totals: {
        query: 'SELECT customer, sum(amount)::numeric(12,2) AS total FROM orders GROUP BY 1;',
        key: ['customer'],
      },
    },
  });
  expect(await project.data('export', 'big')).toMatchObject({ version: 1, rows: 6 });
  expect(await project.data('export', 'kept')).toMatchObject({ version: 1, rows: 10 });
  const totals = await project.data<Exported>('export', 'totals');
  expect(totals).toMatchObject({ version: 1, rows: 7 });
  const manifest = JSON.parse(await readFile(path.join(project.root, `${totals.path}.json`), 'utf8'));
  expect(manifest.plan.relation).toMatchObject({ kind: 'query', locked: false });
});

test('a dry run shows the plan and changes nothing', async () => {
  const project = await createProject({ sql: orders(3) });
  const before = await stateOf(project);
  expect(await project.data('export', 'orders', '--dry-run')).toMatchObject({
    dryRun: true,
    plan: { key: ['order_id'] },
  });
  expect((await project.run('export', 'orders', '--dry-run')).exitCode).toBe(0);
  expect(await stateOf(project)).toEqual(before);
});
