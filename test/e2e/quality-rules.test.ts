import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest, RuleResult } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliProject, createCliProject } from '../support/cli-project.ts';

let project: CliProject;

async function configure(rules: readonly object[], more: Record<string, object> = {}): Promise<void> {
  await project.write({
    'snapkeep.config.json': {
      datasets: { customers: { table: 'customer' }, orders: { table: 'orders', rules }, ...more },
      capabilities: { versionStore: ['git'] },
    },
  });
}

beforeAll(async () => {
  project = await createCliProject();
  await project.database.run(`
    CREATE TABLE customer (id int PRIMARY KEY, country text);
    INSERT INTO customer SELECT i, 'DE' FROM generate_series(1, 10) i;
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int, parent int, status text, code text, price numeric(10,2), made timestamptz, day date);
    INSERT INTO orders SELECT i, 1 + i % 10, nullif(i - 1, 0), (ARRAY['open', 'paid'])[1 + i % 2], 'c' || i, 10 + i % 5,
      now() - interval '1 hour', current_date FROM generate_series(1, 100) i`);
  await configure([]);
  await project.json('export', 'customers');
});
afterAll(() => project.dispose());

const RULES = [
  { rows: { min: 50, max: 200, maxChange: 20 } },
  { nulls: { column: 'parent', max: 5 } },
  { unique: ['code'] },
  { unique: ['customer_id', 'status', 'price', 'id'] },
  { freshness: { column: 'made', maxAge: '2h' } },
  { freshness: { column: 'day', maxAge: '2d' } },
  { distinct: { column: 'customer_id', min: 5, max: 10 } },
  { drift: { column: 'status', max: 10 } },
  { outliers: { column: 'price', factor: 3 } },
  { references: { columns: ['customer_id'], dataset: 'customers' } },
  { name: 'parents are orders', references: { columns: ['parent'], dataset: 'orders' } },
  { name: 'paid something', sql: 'sum(price) > 0' },
];

async function resultsOf(path: unknown): Promise<readonly RuleResult[]> {
  const manifest: Manifest = JSON.parse(await readFile(join(project.root, `${String(path)}.json`), 'utf8'));
  return manifest.quality.rules;
}

test('rules that hold are in the manifest with what was measured', async () => {
  await configure(RULES);
  const { data } = await project.json('export', 'orders');
  expect(data).toMatchObject({ version: 1, warnings: [] });
  const results = await resultsOf(data.path);
  expect(results.map(({ holds }) => holds)).toEqual(RULES.map(() => true));
  expect(results.map(({ name, measured }) => `${name}: ${measured}`)).toEqual([
    'number of rows: there is no version to compare with; 100 rows',
    'NULL in parent: 1 % of parent are NULL',
    'unique code: 0 rows repeat another’s code',
    expect.stringContaining('0 rows repeat'),
    'freshness of made: the latest made is 60 minutes old',
    expect.stringMatching(/the latest day is \d+ (minutes|hours) old/),
    'different values of customer_id: 10 different values of customer_id',
    'drift of status: there is no version to compare with',
    'outliers of price: 0 % of price are outliers',
    'customer_id in customers: 0 rows name no row of customers v1',
    'parents are orders: 0 rows name no row of orders',
    'paid something: null',
  ]);
});

test('what breaks a rule is told with the number, all of them at once; nothing is published, exit 3', async () => {
  await project.database.run(`
    INSERT INTO orders SELECT i, 99, 5000, 'late', 'same', CASE WHEN i > 140 THEN 100000 ELSE 12 END, now() - interval '3 days', current_date - 9 FROM generate_series(101, 160) i;
    DELETE FROM orders WHERE id BETWEEN 2 AND 15;
    UPDATE orders SET made = now() - interval '3 days', day = current_date - 9, parent = NULL WHERE id <= 100`);
  const before = await project.git('rev-parse', 'HEAD');
  const { error } = await project.json('export', 'orders');
  expect(error).toMatchObject({ code: 'SNAPKEEP_RULE_BROKEN', exitCode: 3 });
  expect(error.message).toBe(
    'rule does not hold: number of rows: 46 % more rows than the last version, allowed is at most 20 % more or less than the last version',
  );
  const results = error.details.rules as unknown as readonly RuleResult[];
  expect(results.filter(({ holds }) => !holds).map(({ measured }) => measured)).toEqual([
    '46 % more rows than the last version',
    '58.9 % of parent are NULL',
    '59 rows repeat another’s code',
    'the latest made is 3 days old',
    expect.stringMatching(/the latest day is 9 days old/),
    '11 different values of customer_id',
    '41.1 % of status would have to be another value',
    '13.7 % of price are outliers',
    '60 rows name no row of customers v1',
    '60 rows name no row of orders',
  ]);
  expect(await project.git('rev-parse', 'HEAD')).toBe(before);
});

test('warnings publish, and say so', async () => {
  await configure(RULES.map((rule) => ({ ...rule, severity: 'warn' })));
  const { data } = await project.json('export', 'orders');
  expect(data).toMatchObject({ version: 2, rows: 146 });
  const results = await resultsOf(data.path);
  expect(results.filter(({ holds, severity }) => !holds && severity === 'warn')).toHaveLength(10);
  await project.database.run('TRUNCATE orders');
  const { data: empty } = await project.json('export', 'orders');
  const broken = (await resultsOf(empty.path)).filter(({ holds }) => !holds).map(({ measured }) => measured);
  expect(broken).toEqual([
    '100 % fewer rows than the last version; 0 rows',
    'made has no value',
    'day has no value',
    '0 different values of customer_id',
    '100 % of status would have to be another value',
    null,
  ]);
});

test('a rule that only warns may refer to a dataset before its first version', async () => {
  const rule = { references: { columns: ['customer_id'], dataset: 'early' } };
  await configure([{ ...rule, severity: 'warn' }], { early: { table: 'customer' } });
  const run = await project.json('export', 'orders', '--no-version');
  const [result] = await resultsOf(run.data.path);
  expect(result).toMatchObject({ holds: false, measured: 'early has no version yet' });
  await configure([rule], { early: { table: 'customer' } });
  expect((await project.json('export', 'orders')).error).toMatchObject({ code: 'SNAPKEEP_DATASET_UNKNOWN' });
});

test.each<[object, string, string]>([
  [
    { references: { columns: ['customer_id'], dataset: 'nobody' }, severity: 'warn' },
    'SNAPKEEP_DATASET_UNKNOWN',
    'nobody',
  ],
  [{ nulls: { column: 'parnt', max: 5 } }, 'SNAPKEEP_COLUMN_UNKNOWN', 'rules[0]'],
  [{ references: { columns: ['customer_id'], dataset: 'nobody' } }, 'SNAPKEEP_DATASET_UNKNOWN', 'nobody'],
  [{ references: { columns: ['customer_id'], dataset: 'customers', to: ['idd'] } }, 'SNAPKEEP_COLUMN_UNKNOWN', 'idd'],
  [{ freshness: { column: 'status', maxAge: '2h' } }, 'SNAPKEEP_CONFIG_INVALID', 'no time'],
  [{ freshness: { column: 'made', maxAge: 'soon' } }, 'SNAPKEEP_CONFIG_INVALID', 'maxAge'],
  [{ outliers: { column: 'status' } }, 'SNAPKEEP_CONFIG_INVALID', 'no number'],
  [{ name: 'nothing' }, 'SNAPKEEP_CONFIG_INVALID', 'exactly one of sql, rows, nulls'],
])('%j is refused before a row is read', async (rule, code, words) => {
  await configure([rule]);
  const { error } = await project.json('export', 'orders');
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect(error.message).toContain(words);
});
