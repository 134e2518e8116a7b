import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

interface Exported {
  readonly path: string;
  readonly snapshot: string;
}

interface PlanPart {
  readonly plan: { columns: { name: string; sourceName?: string }[]; key: string[]; relation: { key: string[] } };
}

const TWINS = [
  `CREATE TABLE twins ("Id" int PRIMARY KEY, id text, "At" timestamptz NOT NULL, at date, "__proto__" text, v int)`,
  `INSERT INTO twins SELECT n, 't' || n, '2026-01-01'::timestamptz + n * interval '1 day', '2026-01-01', 'p' || n, n FROM generate_series(1, 9) AS n`,
];

test('columns that differ in case only arrive under the names that rename gives them, and all else speaks of those', async () => {
  const rename = JSON.parse('{"Id": "no", "At": "happened", "__proto__": "proto"}');
  const project = await createProject({
    sql: TWINS,
    datasets: {
      twins: {
        table: 'twins',
        rename,
        time: 'happened',
        filters: { which: 'id' },
        distributions: ['proto'],
        rules: [{ name: 'ten', sql: 'count(distinct no) <= 10', severity: 'error' }],
        sync: [{ target: 'duckdb', to: 'a.duckdb', mode: 'table', indexes: [['no']] }],
      },
    },
  });
  const { plan } = await project.data<PlanPart>('schema', 'plan', 'twins');
  expect(plan.columns.map(({ name, sourceName }) => [name, sourceName])).toEqual([
    ['no', 'Id'],
    ['id', undefined],
    ['happened', 'At'],
    ['at', undefined],
    ['proto', '__proto__'],
    ['v', undefined],
  ]);
  expect([plan.key, plan.relation.key]).toEqual([['no'], ['Id']]);
  expect((await project.run('schema', 'plan', 'twins')).stdout).toContain('called "Id" in the source');

  const schemaFile = path.join(project.root, 'twins.schema.json');
  await project.data('schema', 'infer', 'twins', '--output', schemaFile);
  const schema = JSON.parse(await readFile(schemaFile, 'utf8'));
  expect(Object.keys(schema.properties)).toEqual(['no', 'id', 'happened', 'at', 'proto', 'v']);
  expect(schema).toMatchObject({ 'x-key': ['no'] });
  schema.properties.no.maximum = 5;
  await writeFile(schemaFile, JSON.stringify(schema));
  const config = path.join(project.root, 'snapkeep.config.yaml');
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace('"table":"twins"', '"table":"twins","schema":"twins.schema.json"'));
  const invalid = await project.failure('validate', 'twins');
  expect(invalid.message).toContain('4 rows of 9');
  expect(invalid.details.causes).toMatchObject([{ column: 'no', examples: [{ key: { no: '6' } }, {}, {}, {}] }]);
  await writeFile(config, text);
  await rm(schemaFile);

  const exported = await project.data<Exported>('export', 'twins', '--sync');
  const file = parquetOf(path.join(project.root, exported.path));
  expect(await duckdb(`SELECT no, id, proto, v FROM ${file} WHERE v = 3`)).toEqual([
    { no: 3, id: 't3', proto: 'p3', v: 3 },
  ]);
  const [footer] = await duckdb(
    `SELECT decode(value) AS columns FROM parquet_kv_metadata('${path.join(project.root, exported.path)}/*.parquet') WHERE decode(key) = 'snapkeep.columns'`,
  );
  expect(JSON.parse(String(footer?.columns))[0]).toEqual(['no', 'integer', 'Id']);
  const synced = await duckdb(
    `SELECT count(*)::int AS n FROM research.twins WHERE no > 0`,
    path.join(project.root, 'a.duckdb'),
  );
  expect(synced).toEqual([{ n: 9 }]);

  for (const narrowed of [
    ['--where', 'no=4'],
    ['--where', 'proto=p4'],
    ['--filter', 'which=t4'],
    ['--since', '2026-01-05', '--until', '2026-01-06', '--no-version'],
  ]) {
    expect(await project.data('export', 'twins', ...narrowed), narrowed.join(' ')).toMatchObject({ rows: 1 });
  }
  const old = await project.failure('export', 'twins', '--where', 'Id=4');
  expect(old).toMatchObject({ code: 'SNAPKEEP_COLUMN_UNKNOWN', hint: 'rename calls it "no".' });

  await project.database.run(`UPDATE twins SET "__proto__" = 'changed', id = 'other' WHERE "Id" = 2`);
  await project.data('export', 'twins');
  expect(await project.data('version', 'diff', 'twins', 'v1', 'v2')).toMatchObject({
    columns: expect.arrayContaining([expect.objectContaining({ name: 'proto', changed: 1 })]),
  });
  await expectAgreement(project, 'twins', 2);
});

test('columns that differ in case only are refused in every command, and the hint’s rename lets them through', async () => {
  const project = await createProject({ sql: TWINS, datasets: { twins: { table: 'twins' } } });
  const before = await stateOf(project);
  for (const command of [['export'], ['validate'], ['schema', 'infer'], ['schema', 'types'], ['schema', 'plan']]) {
    const failure = await project.failure(...command, 'twins');
    expect(failure).toMatchObject({ code: 'SNAPKEEP_COLUMN_REFUSED', exitCode: 11 });
    expect(failure.message).toMatch(/"Id".*"id"/);
    expect(failure.hint).toContain('datasets.twins.rename: {id: id_2, at: at_2}');
  }
  expect(await stateOf(project)).toEqual(before);
  const config = path.join(project.root, 'snapkeep.config.yaml');
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace('"table":"twins"', 'table: twins, rename: {id: id_2, at: at_2}'));
  expect(await project.data('export', 'twins', '--no-version')).toMatchObject({ rows: 9 });
});

test('a query’s columns of one name are refused, or told apart by a list of names', async () => {
  const query = 'SELECT v AS a, id AS a, v + 1 AS b FROM twins';
  const project = await createProject({
    sql: TWINS,
    datasets: {
      unnamed: { query },
      few: { query, rename: { a: 'x' } },
      doubled: { query, rename: { a: ['n', 'name'] }, key: ['n'] },
    },
  });
  const failure = await project.failure('export', 'unnamed');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_COLUMN_REFUSED',
    exitCode: 11,
    message: '2 columns are called "a"',
  });
  expect(failure.hint).toContain('datasets.unnamed.rename: {a: [a, a_2]}');
  expect(await project.failure('export', 'few')).toMatchObject({ code: 'SNAPKEEP_CONFIG_INVALID', exitCode: 2 });
  const { path: folder } = await project.data<Exported>('export', 'doubled');
  const rows = await duckdb(`SELECT * FROM ${parquetOf(path.join(project.root, folder))} WHERE n = 4`);
  expect(rows).toEqual([{ n: 4, name: 't4', b: 5 }]);
  expect(await project.data('export', 'doubled', '--where', 'name=t7')).toMatchObject({ rows: 1 });
});
