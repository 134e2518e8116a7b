import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layoutOf } from '../../../src/pipeline/dataset.ts';
import { exportDataset } from '../../../src/pipeline/export/export.ts';
import { readManifest } from '../../../src/store/manifest-file.ts';
import { startPostgres, type TestDatabase } from '../../support/postgres.ts';
import { testRuntime } from '../../support/runtime.ts';

let database: TestDatabase;
let root: string;

beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapkeep-inexact-'));
  await database.run(`CREATE TYPE item AS (price numeric(10,2), at timestamptz, pause interval);
    CREATE DOMAIN birthday AS date CHECK (VALUE > '1800-01-01')`);
});
afterAll(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

async function exported(
  table: string,
  policies: Readonly<Record<string, string>> = {},
): Promise<Pick<Manifest, 'substitutions' | 'plan'>> {
  const runtime = testRuntime(root, { url: database.url });
  const onInexact = Object.entries(policies).map(([key, policy]) => ({ key, policy }));
  const { snapshot } = await exportDataset(runtime, { name: table, version: false, onInexact });
  return readManifest(layoutOf(runtime, table), snapshot);
}

const INFINITE_INTERVALS_SINCE = 170_000;

/** A value that no file holds, how a person sees it, and the policies that allow it. */
const REFUSED: readonly (readonly [type: string, value: string, shown: string, policies: string])[] = [
  ['numeric', 'NaN', 'NaN', 'null string double'],
  ['numeric', 'Infinity', 'Infinity', 'null string double'],
  ['numeric(10,2)', 'NaN', 'NaN', 'null string double'],
  ['numeric(50,3)', 'NaN', 'NaN', 'null string double'],
  ['date', 'infinity', 'infinity', 'null string infinity'],
  ['birthday', 'infinity', 'infinity', 'null string infinity'],
  ['timestamp', '-infinity', '-infinity', 'null string infinity'],
  ['timestamptz', 'infinity', 'infinity', 'null string infinity'],
  ['timestamptz', '294276-12-31 00:00:00+00', '294276-12-31 00:00:00+00', 'null string'],
  ['time', '24:00', '24:00:00', 'null string'],
  ['interval', 'infinity', 'infinity', 'null string'],
  ['date[]', '{2026-01-01,NULL,infinity}', '{2026-01-01,NULL,infinity}', 'null string infinity'],
  ['numeric[]', '{1.5,NaN}', '{1.5,NaN}', 'null string double'],
  ['int[]', '[0:1]={1,2}', '[0:1]={1,2}', 'null string'],
  ['daterange', '[2026-01-01,infinity]', '[2026-01-01,infinity]', 'null string infinity'],
  ['numrange', '[1,NaN)', '[1,NaN)', 'null string double'],
  ['tsmultirange', '{["2026-01-01 00:00:00",infinity)}', '{["2026-01-01 00:00:00",infinity)}', 'null string infinity'],
  ['item', '(NaN,"2026-01-01 00:00:00+00",)', '(NaN,"2026-01-01 00:00:00+00",)', 'null string double'],
  ['item[]', '{"(1.00,infinity,P1M)",NULL}', '{"(1.00,infinity,P1M)",NULL}', 'null string infinity'],
  ['item', '(,,infinity)', '(,,infinity)', 'null string'],
];

test.each(REFUSED)(
  '%s %s is refused, not by the inferred schema, and each policy that is offered allows it',
  async (type, value, shown, policies) => {
    const { rows } = await database.run('SHOW server_version_num');
    const isInfiniteInterval = type === 'interval' || value.includes(',,infinity');
    if (isInfiniteInterval && Number(rows[0].server_version_num) < INFINITE_INTERVALS_SINCE) return;
    await database.run(`DROP TABLE IF EXISTS odd; CREATE TABLE odd (id int PRIMARY KEY, v ${type});
    INSERT INTO odd VALUES (1, NULL), (22, '${value}'), (3, '${value}')`);
    await expect(exported('odd')).rejects.toMatchObject({
      code: 'SNAPKEEP_VALUE_INEXACT',
      exitCode: 11,
      details: { column: 'v', key: { id: '3' }, value: shown, rows: 2, policies: policies.split(' ') },
    });
    for (const policy of policies.split(' ')) {
      const { substitutions, plan } = await exported('odd', { v: policy });
      const [, column] = plan.columns;
      const keeps = policy === 'string' || policy === 'double';
      expect(substitutions, policy).toEqual(
        keeps ? [] : [{ column: 'v', policy, values: 2, firstKeys: [{ id: '3' }, { id: '22' }] }],
      );
      expect(column, policy).toMatchObject({ onInexact: policy, fidelity: keeps ? 'annotated' : 'substituted' });
      if (policy === 'string') expect(column?.fileType).toBe('VARCHAR');
    }
  },
);

test('arrays of other dimensions than those of most rows are refused by name, or replaced', async () => {
  await database.run(`CREATE TABLE m (id int PRIMARY KEY, v bigint[]);
    INSERT INTO m VALUES (1, '{{1,2},{3,9007199254740993}}'), (2, '{{5}}'), (3, '{}'), (4, '{{7}}'), (7, '{9007199254740993,NULL}'), (5, '{6}')`);
  await expect(exported('m')).rejects.toMatchObject({
    code: 'SNAPKEEP_VALUE_INEXACT',
    details: {
      column: 'v',
      fileType: 'BIGINT[][]',
      key: { id: '5' },
      value: '{6}',
      rows: 2,
      policies: ['null', 'string'],
    },
  });
  const { substitutions, plan } = await exported('m', { v: 'null' });
  expect(substitutions).toEqual([{ column: 'v', policy: 'null', values: 2, firstKeys: [{ id: '5' }, { id: '7' }] }]);
  expect(plan.columns[1]).toMatchObject({ fileType: 'BIGINT[][]', fidelity: 'substituted' });
  expect((await exported('m', { v: 'string' })).substitutions).toEqual([]);
  await database.run(`DELETE FROM m WHERE id <> 7; INSERT INTO m VALUES (8, '{{1}}')`);
  await expect(exported('m')).rejects.toMatchObject({ details: { fileType: 'BIGINT[]', value: '{{1}}' } });
  await database.run(`UPDATE m SET v = CASE WHEN id = 7 THEN '{{9007199254740993,NULL}}'::bigint[] ELSE v[1:0] END`);
  expect((await exported('m')).plan.columns[1]).toMatchObject({ fileType: 'BIGINT[][]', fidelity: 'exact' });
});

test('numbers of hundreds of digits pass the inferred schema and arrive as text, also as parts', async () => {
  const long = `1${'0'.repeat(400)}.5`;
  await database.run(`CREATE TABLE long (id int PRIMARY KEY, v numeric, vs numeric[]);
    INSERT INTO long VALUES (1, ${long}, ARRAY[${long}, 1])`);
  const { plan } = await exported('long');
  expect(plan.columns.map(({ fileType, fidelity }) => `${fileType} ${fidelity}`)).toEqual([
    'INTEGER exact',
    'VARCHAR annotated',
    'VARCHAR[] annotated',
  ]);
});

test('PostgreSQL rounds as the policy decimal does, and finds the same values changed', async () => {
  await database.run(`CREATE TABLE rounded AS SELECT id::int, v FROM (
    SELECT id, (random() * 2000 - 1000)::numeric(20, 10) AS v FROM generate_series(1, 500) AS id
    UNION ALL SELECT 500 + row_number() OVER (), x::numeric FROM unnest('{0.5,-0.5,1.5,2.5,0.005,-0.005,0.015,1.25,999.995}'::text[]) AS x) AS t`);
  for (const scale of [0, 2, 7, 12]) {
    const { substitutions, plan } = await exported('rounded', { v: `decimal(30,${scale})` });
    const { rows } = await database.run(
      `SELECT count(*)::int AS n, sum(round(v, ${scale}))::text AS sum FROM rounded WHERE round(v, ${scale}) <> v`,
    );
    expect(substitutions[0]?.values ?? 0).toBe(rows[0].n);
    expect(plan.columns[1]?.fileType).toBe(`DECIMAL(30,${scale})`);
  }
});

/** The digits that matter of a number in decimal or exponential notation. */
function digitsOf(text: string): string {
  return text
    .replace(/^-|e.*$/g, '')
    .replace('.', '')
    .replace(/^0+|0+$/g, '');
}

test('a number is held by a double whose shortest decimal it is, as JavaScript finds it too', async () => {
  await database.run(`CREATE TABLE doubled AS SELECT id::int,
      (random() * 10 ^ (random() * 30 - 10))::numeric(60, 30) * (CASE WHEN id % 3 = 0 THEN 1.000000000000001 ELSE 1 END) AS v
    FROM generate_series(1, 900) AS id UNION ALL SELECT 1000, 0.1 UNION ALL SELECT 1001, 9007199254740993`);
  const { substitutions } = await exported('doubled', { v: 'double' });
  const { rows } = await database.run('SELECT v::text FROM doubled');
  const changed = rows.filter(({ v }) => digitsOf(String(Number(v))) !== digitsOf(v));
  expect(changed.length).toBeGreaterThan(100);
  expect(substitutions[0]?.values).toBe(changed.length);
});
