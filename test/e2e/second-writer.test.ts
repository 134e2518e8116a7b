import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

const SQL = [
  `CREATE TYPE mood AS ENUM ('low', 'high')`,
  `CREATE TABLE held (id int PRIMARY KEY, small int2, ok boolean, day date, note text, bytes bytea, mood mood, net inet)`,
  `INSERT INTO held VALUES (1, -32768, true, '0044-03-15 BC', 'é🦆,"', '\\x00ff', 'low', '10.0.0.1/8'),
     (-7, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (2, 32767, false, '5874897-12-31', '', '\\x', 'high', '::1')`,
  `CREATE TABLE refused (id bigint PRIMARY KEY, name text, price numeric(12,2), total numeric, half float8, at timestamptz,
     key uuid, doc jsonb, tags text[])`,
  'INSERT INTO refused (id) VALUES (1)',
];

async function projectWithSecondWriter(): Promise<Project> {
  const project = await createProject({
    sql: SQL,
    datasets: { held: { table: 'held' }, refused: { table: 'refused' } },
  });
  const configuration = path.join(project.root, 'snapkeep.config.yaml');
  const written = await readFile(configuration, 'utf8');
  await writeFile(configuration, written.replace('capabilities:\n', 'capabilities:\n  writer: parquetjs\n'));
  await project.git('commit', '--quiet', '--all', '--message', 'the second writer');
  return project;
}

test('chosen by configuration, the second writer makes snapshots as the first does', async () => {
  const project = await projectWithSecondWriter();
  const { path: folder } = await project.data<{ path: string }>('export', 'held');
  const file = parquetOf(path.join(project.root, folder));
  expect(await duckdb(`SELECT * FROM ${file}`)).toEqual([
    { id: -7, small: null, ok: null, day: null, note: null, bytes: null, mood: null, net: null },
    {
      id: 1,
      small: -32768,
      ok: true,
      day: '0044-03-15 (BC)',
      note: 'é🦆,"',
      bytes: '\\x00\\xFF',
      mood: 'low',
      net: '10.0.0.1/8',
    },
    { id: 2, small: 32767, ok: false, day: '5874897-12-31', note: '', bytes: '', mood: 'high', net: '::1' },
  ]);
  const [written] =
    await duckdb(`SELECT DISTINCT compression, created_by FROM parquet_metadata('${project.root}/${folder}/held.parquet'),
    parquet_file_metadata('${project.root}/${folder}/held.parquet')`);
  expect(written).toEqual({ compression: 'SNAPPY', created_by: 'parquet.js' });
  const [footer] =
    await duckdb(`SELECT decode(value) AS dataset FROM parquet_kv_metadata('${project.root}/${folder}/held.parquet')
    WHERE decode(key) = 'snapkeep.dataset'`);
  expect(footer).toEqual({ dataset: 'held' });
  expect(await project.data('export', 'held'), 'the same again').toMatchObject({ unchanged: true });
  await expectAgreement(project, 'held', 1);
});

test('what it can’t hold exactly is refused before a row is read, every column by name and reason', async () => {
  const project = await projectWithSecondWriter();
  const before = await stateOf(project);
  for (const command of [
    ['export', 'refused'],
    ['export', 'refused', '--dry-run'],
    ['schema', 'plan', 'refused'],
  ]) {
    const failure = await project.failure(...command);
    expect(failure).toMatchObject({ code: 'SNAPKEEP_COLUMN_REFUSED', exitCode: 11 });
    expect(failure.message).toBe("the writer parquetjs can't hold 8 of 9 columns");
    expect(failure.details.columns).toMatchObject(
      ['id', 'price', 'total', 'half', 'at', 'key', 'doc', 'tags'].map((column) => ({ column })),
    );
    expect((await project.run(...command)).stderr).toMatch(/"id" \(bigint\): .*2\^53/);
  }
  expect(await stateOf(project)).toEqual(before);
});

test('what a policy keeps as text it holds', async () => {
  const project = await projectWithSecondWriter();
  await project.database.run(`CREATE TABLE texts AS SELECT 1 AS id, 'NaN'::numeric AS total, 1.50::numeric(5,2) AS price,
    timestamptz 'infinity' AS at`);
  const policy = ['--on-inexact', 'total=string', '--on-inexact', 'price=string', '--on-inexact', 'at=string'];
  const { path: folder } = await project.data<{ path: string }>('export', 'texts', ...policy);
  expect(await duckdb(`SELECT * FROM ${parquetOf(path.join(project.root, folder))}`)).toEqual([
    { id: 1, total: 'NaN', price: '1.50', at: 'infinity' },
  ]);
});

test('zstd, which it lacks, is refused clearly', async () => {
  const project = await projectWithSecondWriter();
  expect(await project.failure('export', 'held', '--compression', 'zstd')).toMatchObject({
    code: 'SNAPKEEP_USAGE',
    message: 'the writer parquetjs has no compression zstd',
    hint: 'Use --compression snappy or none.',
  });
  expect(await project.data('export', 'held', '--compression', 'none')).toMatchObject({ rows: 3 });
});
