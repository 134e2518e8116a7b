import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import type { ExportResult } from '../../src/pipeline/export/result.ts';
import type { RunPreview, RunResult } from '../../src/pipeline/run/request.ts';
import type { Cli } from './support/cli.ts';
import { duckdb } from './support/parquet.ts';
import { createProject } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

const SHOP = [
  `CREATE TABLE customers (id int PRIMARY KEY, email text)`,
  `CREATE TABLE products (sku text PRIMARY KEY, name text NOT NULL)`,
  `CREATE TABLE orders (id int PRIMARY KEY, customer_id int, sku text, made timestamptz NOT NULL)`,
  `INSERT INTO customers SELECT i, 'c' || i || '@example.org' FROM generate_series(1, 200) i`,
  `INSERT INTO products SELECT 'p' || i, 'product ' || i FROM generate_series(1, 50) i`,
  `INSERT INTO orders SELECT i, 1 + i % 200, 'p' || 1 + i % 50, timestamptz '2026-01-01 00:00+00' + i * interval '1 minute'
     FROM generate_series(1, 1000) i`,
];

const DATASETS = {
  customers: { table: 'customers' },
  orders: {
    table: 'orders',
    time: 'made',
    rules: [
      { references: { columns: ['customer_id'], dataset: 'customers' } },
      {
        name: 'products are known',
        references: { columns: ['sku'], dataset: 'products', to: ['sku'] },
        severity: 'warn',
      },
    ],
  },
  products: { table: 'products', sync: [{ target: 'duckdb', to: 'shop.duckdb', mode: 'table' }] },
};

async function manifestOf({ root }: Cli, { path: folder }: ExportResult): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(root, `${folder}.json`), 'utf8'));
}

const named = (result: RunResult) =>
  result.datasets.map(({ dataset, version, unchanged }) => `${dataset} v${version}${unchanged ? ' unchanged' : ''}`);

test('several datasets become versions of one instant in one commit, all of them or none', async () => {
  const project = await createProject({ sql: SHOP, datasets: DATASETS, dvc: 'native' });
  const before = await stateOf(project);
  const preview = await project.data<RunPreview>('run', '--dry-run');
  expect(preview.plans.map(({ dataset }) => dataset)).toEqual(['customers', 'orders', 'products']);
  expect(new Set(preview.plans.map(({ instant }) => JSON.stringify(instant))).size).toBe(1);
  expect(await stateOf(project)).toEqual(before);

  const first = await project.data<RunResult>('run', '--jobs', '3', '--message', 'the first night');
  expect(named(first)).toEqual(['customers v1', 'orders v1', 'products v1']);
  const manifests = await Promise.all(first.datasets.map((one) => manifestOf(project, one)));
  for (const { run, plan } of manifests) {
    expect(run).toEqual({ id: first.run, datasets: ['customers', 'orders', 'products'] });
    expect(plan.instant).toEqual(first.instant);
  }
  expect(manifests[1]?.quality.rules.map(({ measured }) => measured)).toEqual([
    '0 rows name no row of customers v1',
    '0 rows name no row of products v1',
  ]);
  const message = await project.git('log', '-1', '--format=%B%n%D');
  expect(message).toContain(`3 datasets: the first night`);
  expect(message).toContain(`Snapshot-Tx: ${first.run}`);
  for (const tag of ['customers/v1', 'orders/v1', 'products/v1']) expect(message).toContain(`tag: ${tag}`);
  for (const dataset of Object.keys(DATASETS)) await expectAgreement(project, dataset, 1);
  const shown = await duckdb(
    'SELECT count(*)::INT AS n FROM research.products',
    path.join(project.root, 'shop.duckdb'),
  );
  expect(shown).toEqual([{ n: 50 }]);

  // What didn't change makes no version; the others are one commit again.
  await project.database.run(
    `INSERT INTO customers VALUES (201, NULL); UPDATE orders SET customer_id = 201 WHERE id = 7`,
  );
  const second = await project.data<RunResult>('run', '--no-sync');
  expect(named(second)).toEqual(['customers v2', 'orders v2', 'products v1 unchanged']);

  // Orphans: nothing of the run is published, and the rows are named.
  await project.database.run(`DELETE FROM customers WHERE id IN (5, 201); UPDATE products SET sku = 'q1' WHERE sku = 'p1';
    INSERT INTO products VALUES ('q2', 'new')`);
  const whole = await stateOf(project);
  const broken = await project.failure('run');
  expect(broken).toMatchObject({ code: 'SNAPKEEP_RULE_BROKEN', exitCode: 3 });
  expect(broken.message).toMatch(
    /^orders: rule does not hold: customer_id in customers: 6 rows name no row of customers v3.*; 1 of 3 datasets failed, nothing was published$/,
  );
  expect(broken.message).toContain('{"id":"4"} with {"customer_id":"5"}');
  expect(await stateOf(project)).toEqual(whole);

  // With --keep-going the others are published, and the exit code is the same.
  const kept = await project.run('run', '--keep-going');
  expect(kept.exitCode).toBe(3);
  expect(kept.stdout).toMatch(/✓ customers v3[\s\S]*✓ products v2/);
  expect(kept.stderr).toContain('1 of 3 datasets failed, customers v3, products v2 are published');
  await expectAgreement(project, 'customers', 3);
  await expectAgreement(project, 'orders', 2);

  // Only a warning, and in the manifest with examples.
  await project.database.run('UPDATE orders SET customer_id = 1 WHERE customer_id IN (5, 201)');
  const warned = await project.data<RunResult>('run', 'orders', 'products');
  expect(named(warned)).toEqual(['orders v3', 'products v2 unchanged']);
  const [orders] = warned.datasets;
  expect((orders && (await manifestOf(project, orders)))?.quality.rules).toMatchObject([
    { measured: '0 rows name no row of customers v3' },
    {
      holds: false,
      measured: '20 rows name no row of products v2',
      examples: expect.arrayContaining([{ key: { id: '50' }, values: { sku: 'p1' } }]),
    },
  ]);
});

test('each refers to the other; a window narrows what has a time; all failures are told at once', async () => {
  const project = await createProject({
    sql: [
      `CREATE TABLE staff (id int PRIMARY KEY, team int)`,
      `CREATE TABLE teams (id int PRIMARY KEY, head int)`,
      `CREATE TABLE visits (id int PRIMARY KEY, seen timestamptz, staff int)`,
      `INSERT INTO staff SELECT i, 1 + i % 3 FROM generate_series(1, 30) i`,
      `INSERT INTO teams SELECT i, i FROM generate_series(1, 3) i`,
      `INSERT INTO visits SELECT i, now() - i * interval '1 day', 1 + i % 30 FROM generate_series(1, 100) i`,
    ],
    datasets: {
      staff: { table: 'staff', rules: [{ references: { columns: ['team'], dataset: 'teams' } }] },
      teams: { table: 'teams', rules: [{ references: { columns: ['head'], dataset: 'staff' } }] },
      visits: { table: 'visits', time: 'seen', rules: [{ references: { columns: ['staff'], dataset: 'staff' } }] },
      halves: { query: 'SELECT id, 6 / (id - 7) AS n FROM staff', key: ['id'] },
    },
  });
  const windowed = await project.data<RunResult>('run', 'staff', 'teams', 'visits', '--days', '10', '-j', '2');
  expect(windowed.datasets.map(({ dataset, rows }) => `${dataset} ${rows}`)).toEqual([
    'staff 30',
    'teams 3',
    'visits 9',
  ]);
  expect(windowed.jobs).toBe(2);

  await project.database.run('DELETE FROM staff WHERE id = 2; UPDATE staff SET team = 9 WHERE id = 30');
  const several = await project.run('run', '--jobs', '1');
  expect(several.exitCode).toBe(3);
  for (const words of ['rows name no row of teams v1', 'rows name no row of staff v2', 'division by zero', '4 of 4'])
    expect(several.stderr).toContain(words);

  // One that can't be read keeps no other from being published; nor does one that the server doesn't have.
  await project.database.run('UPDATE staff SET team = 1 WHERE id = 30; INSERT INTO staff VALUES (2, 1)');
  const missing = await project.failure('run', 'staff', 'nobody', 'halves', '-k');
  expect(missing).toMatchObject({ code: 'SNAPKEEP_TABLE_NOT_FOUND', exitCode: 10 });
  expect(missing.message).toContain('2 of 3 datasets failed, staff v2 is published');
  await expectAgreement(project, 'staff', 2);
});
