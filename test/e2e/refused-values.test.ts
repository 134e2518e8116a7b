import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { REPOSITORY } from './support/cli.ts';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

const REFUSED: readonly (readonly [type: string, value: string])[] = [
  ['timestamptz', 'infinity'],
  ['timestamp', '-infinity'],
  ['date', 'infinity'],
  ['numeric(10,2)', 'NaN'],
  ['time', '24:00:00'],
];

test('a value that the file can’t hold exactly is refused with column, key and value, and nothing is published', async () => {
  const project = await createProject({
    sql: REFUSED.map(
      ([type, value], index) =>
        `CREATE TABLE r${index} (id int PRIMARY KEY, odd ${type}); INSERT INTO r${index} VALUES (1, NULL), (42, '${value}')`,
    ),
  });
  const before = await stateOf(project);
  for (const [index, [type, value]] of REFUSED.entries()) {
    const failure = await project.failure('export', `r${index}`);
    expect(failure, type).toMatchObject({
      code: 'SNAPKEEP_VALUE_INEXACT',
      exitCode: 11,
      details: { column: 'odd', value, key: { id: '42' }, rows: 1 },
    });
    for (const part of ['"odd"', value, '42']) expect(failure.message).toContain(part);
  }
  expect(await stateOf(project)).toEqual(before);
});

test('all columns are told at once, each with its first row, how many, and the flag', async () => {
  const project = await createProject({
    sql: [
      'CREATE TABLE t (id int PRIMARY KEY, day date, score numeric, list numeric[], at time, shape int[])',
      `INSERT INTO t VALUES (1, 'infinity', 'NaN', '{1,NaN}', '12:00', '{1,2}'), (2, 'infinity', 2, '{2}', '24:00', '{{1},{2}}'), (3, '2026-01-01', 3, '{3}', '01:00', '{3}')`,
    ],
  });
  const failure = await project.failure('export', 't');
  const told = (column: string, value: string, id: number, rows: number) => ({
    column,
    value,
    key: { id: `${id}` },
    rows,
  });
  expect(failure).toMatchObject({
    exitCode: 11,
    details: {
      ...told('day', 'infinity', 1, 2),
      others: [
        told('score', 'NaN', 1, 1),
        told('list', '{1,NaN}', 1, 1),
        told('at', '24:00:00', 2, 1),
        told('shape', '{{1},{2}}', 2, 1),
      ],
    },
  });
  const { stderr } = await project.run('export', 't');
  expect(stderr).toMatch(
    /also: column "list" \(numeric\[\]\) holds "\{1,NaN\}".*which a DECIMAL\[\] can't hold exactly; --on-inexact list=null/,
  );
  const { flags, others } = failure.details as { flags: string[]; others: { flags: string[] }[] };
  const all = [flags, ...others.map((other) => other.flags)].map(([flag = '']) => flag).join(' ');
  expect(await inShell(project, `export t ${all} --json`)).toMatchObject({ version: 1, rows: 3 });
});

interface Exported {
  readonly version: number;
  readonly path: string;
  readonly unchanged: boolean;
  readonly warnings: readonly string[];
  readonly substitutions: readonly unknown[];
}

/** As somebody would who copies it from the message. */
async function inShell(project: Project, command: string): Promise<Exported> {
  const run = [process.execPath, path.join(REPOSITORY, 'bin', 'run.js')].join(' ');
  const { stdout } = await execa('bash', ['-c', `${run} ${command}`], { cwd: project.root, env: project.env });
  return JSON.parse(stdout).data as Exported;
}

test('the flag that the message names allows the substitution, whatever the column is called; it is counted, shown and kept', async () => {
  const name = `it's "$HOME"\n=x`;
  const column = `"${name.replaceAll('"', '""')}"`;
  const project = await createProject({
    sql: [
      `CREATE TABLE t (id int PRIMARY KEY, ${column} numeric(10,2))`,
      `INSERT INTO t SELECT id, CASE WHEN id % 10 = 3 THEN 'NaN'::numeric ELSE id END FROM generate_series(1, 80) AS id`,
    ],
  });
  const failure = await project.failure('export', 't');
  const [flag] = failure.details.flags as string[];
  expect(failure.hint).toContain(flag);
  const first = await inShell(project, `export t ${flag} --json`);
  const substitution = {
    column: name,
    policy: 'null',
    values: 8,
    firstKeys: [3, 13, 23, 33, 43].map((id) => ({ id: `${id}` })),
  };
  expect(first).toMatchObject({ version: 1, substitutions: [substitution] });
  expect(first.warnings).toEqual([expect.stringContaining('8 values substituted by the policy null')]);
  const shown = await project.data<{ manifest: Record<string, unknown> }>('version', 'show', 't');
  expect(shown.manifest).toMatchObject({
    substitutions: [substitution],
    plan: {
      columns: [
        { fidelity: 'exact', onInexact: 'refuse' },
        { fidelity: 'substituted', onInexact: 'null' },
      ],
    },
  });
  expect((await project.run('version', 'show', 't')).stdout).toContain('substituted(8)');
  const [read] = await duckdb(
    `SELECT count(*) - count("${column.slice(1, -1)}") AS nulls FROM ${parquetOf(path.join(project.root, first.path))}`,
  );
  expect(Number(read?.nulls)).toBe(8);
  expect(await inShell(project, `export t ${flag} --json`)).toMatchObject({
    unchanged: true,
    substitutions: [substitution],
  });
  // The same bytes, but now the NULLs are the source's own.
  await project.database.run(`UPDATE t SET ${column} = NULL WHERE ${column} = 'NaN'`);
  expect(await inShell(project, `export t ${flag} --json`)).toMatchObject({ version: 2, substitutions: [] });
  await expectAgreement(project, 't', 2);
});

test('the configuration and the flags say what becomes of such values, and the plan shows it', async () => {
  const project = await createProject({
    sql: [
      'CREATE TABLE t (id int PRIMARY KEY, score numeric, at timestamptz, day date, note text)',
      `INSERT INTO t VALUES (1, 'NaN', 'infinity', 'infinity', 'x'), (2, 1.005, '2026-01-01', '2026-01-01', 'y')`,
    ],
  });
  const config = (onInexact: string) =>
    project.write({
      'snapkeep.config.yaml': `capabilities: {versionStore: []}\ndatasets:\n  t:\n    table: t\n    onInexact:${onInexact}\n`,
    });
  await config('\n      score: null\n      type:timestamptz: infinity\n      "*": string');
  const { plan } = await project.data<{ plan: { columns: Record<string, unknown>[] } }>(
    'schema',
    'plan',
    't',
    '--on-inexact',
    'score=decimal(5,2)',
  );
  expect(plan.columns.map(({ onInexact, fileType }) => `${onInexact} ${fileType}`)).toEqual([
    'refuse INTEGER',
    'decimal(5,2) DECIMAL(5,2)',
    'infinity TIMESTAMP WITH TIME ZONE',
    'string VARCHAR',
    'refuse VARCHAR',
  ]);
  expect((await project.run('schema', 'plan', 't')).stdout).toMatch(
    /score: NaN and the infinities → NULL, counted \(null\)/,
  );
  expect(await project.failure('export', 't', '--on-inexact', 'score=decimal(5,2)')).toMatchObject({
    exitCode: 11,
    message: expect.stringContaining('"NaN"'),
  });
  const done = await project.data<Exported>('export', 't');
  const rows = await duckdb(
    `SELECT * REPLACE ("at"::VARCHAR AS "at", score::VARCHAR AS score) FROM ${parquetOf(path.join(project.root, done.path))} ORDER BY id`,
  );
  expect(rows).toEqual([
    { id: 1, score: null, at: 'infinity', day: 'infinity', note: 'x' },
    { id: 2, score: '1.005', at: '2026-01-01 00:00:00+00', day: '2026-01-01', note: 'y' },
  ]);
  expect(done.substitutions).toMatchObject([
    { column: 'score', values: 1 },
    { column: 'at', policy: 'infinity', values: 1 },
  ]);
  expect(await project.failure('schema', 'plan', 't', '--on-inexact', 'day=double')).toMatchObject({
    code: 'SNAPKEEP_USAGE',
    exitCode: 2,
    hint: expect.stringContaining('null, string, infinity'),
  });
  expect(await project.failure('schema', 'infer', 't', '--on-inexact', 'dayy=null')).toMatchObject({
    code: 'SNAPKEEP_COLUMN_UNKNOWN',
    hint: expect.stringContaining('"day"'),
  });
  const inferred = await project.data<{ columns: Record<string, unknown>[] }>(
    'schema',
    'infer',
    't',
    '--on-inexact',
    'null',
  );
  expect(inferred.columns.map(({ fidelity, onInexact }) => `${fidelity} ${onInexact}`)).toEqual([
    'exact refuse',
    'annotated null',
    'exact infinity',
    'exact null',
    'exact refuse',
  ]);
  await config('');
  expect(await project.failure('export', 't')).toMatchObject({
    code: 'SNAPKEEP_CONFIG_INVALID',
    message: expect.stringMatching(/yaml:5:5: .*onInexact is empty/),
  });
  await config(' {score: nul}');
  expect(await project.failure('export', 't')).toMatchObject({
    code: 'SNAPKEEP_CONFIG_INVALID',
    message: expect.stringMatching(/yaml:5:\d+: .*did you mean null/),
  });
});

test('a key that stands twice or is NULL is refused', async () => {
  const project = await createProject({
    sql: 'CREATE TABLE t (id int, v int); INSERT INTO t VALUES (1, 1), (1, 2), (2, 3), (4, 4), (4, 5), (4, 6)',
    datasets: { twice: { table: 't', key: ['id'] }, nulls: { query: 'SELECT NULLIF(v, 3) AS v FROM t', key: ['v'] } },
  });
  const twice = await project.failure('export', 'twice');
  expect(twice).toMatchObject({ code: 'SNAPKEEP_KEY_NOT_UNIQUE', exitCode: 3 });
  expect(twice.message).toMatch(/\(id\) occurs 2 times: \["1"\], and 1 more key/);
  expect(twice.details).toMatchObject({
    keys: 2,
    examples: [
      { value: ['1'], rows: 2 },
      { value: ['4'], rows: 3 },
    ],
  });
  expect(twice.hint).toContain('--key');
  expect(await project.failure('export', 'nulls')).toMatchObject({ exitCode: 3 });
  const keyOf = async (...flags: string[]) =>
    (await project.data<{ plan: { key: string[] } }>('schema', 'plan', 'twice', ...flags)).plan.key;
  expect([await keyOf(), await keyOf('--key', 'id,v'), await keyOf('--key', '')]).toEqual([['id'], ['id', 'v'], []]);
  expect(await project.data('export', 'twice', '--key', 'v')).toMatchObject({ version: 1, rows: 6 });
  expect(await project.failure('export', 'twice', '--key', 'w')).toMatchObject({ code: 'SNAPKEEP_COLUMN_UNKNOWN' });
});
