import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, filesOf, stateOf } from './support/state.ts';

const SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['order_id', 'customer', 'amount'],
  properties: {
    order_id: { type: 'integer' },
    customer: { type: 'string', minLength: 1 },
    amount: { type: 'number', minimum: 0 },
    created_at: { type: 'string', format: 'date-time', 'x-not-in-future': true },
  },
  additionalProperties: false,
};
const NOWHERE = 'postgres://ada@127.0.0.1:1/none';

/** 20 good orders as v1, then 3 bad ones beside them. */
async function ordersProject(schema: unknown = SCHEMA): Promise<Project> {
  const project = await createProject({
    sql: orders(20),
    datasets: { orders: { table: 'orders', schema: 'schemas/orders.schema.json' } },
  });
  await project.write({ 'schemas/orders.schema.json': schema });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'schema');
  return project;
}

async function spoil(project: Project): Promise<void> {
  await project.data('export', 'orders');
  await project.database.run(
    `INSERT INTO orders VALUES (101, 'ada', -5, '2026-01-01Z'), (102, '', 1, '2026-01-01Z'), (103, '=1+1', -1, '2026-01-01Z')`,
  );
}

test('rows that break the schema stop the export: nothing is published, a person understands why', async () => {
  const project = await ordersProject();
  await spoil(project);
  const before = await stateOf(project);
  const failure = await project.failure('export', 'orders');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_ROWS_INVALID',
    exitCode: 3,
    details: {
      dataset: 'orders',
      read: 23,
      rejected: 3,
      causes: [
        { column: 'amount', rows: 2 },
        { column: 'customer', rows: 1 },
      ],
    },
  });
  expect(failure.message).toMatch(/^3 rows of 23 break the schema of orders: amount .*\(and 1 other rule\)/);
  expect(await stateOf(project)).toEqual(before);

  const report = await readFile(String(failure.details.report), 'utf8');
  const lines = report.trimEnd().split(/\r?\n/);
  expect(lines[0]).toBe('row,order_id,column,pointer,keyword,message,value');
  expect(lines).toHaveLength(4);
  expect(report).toMatch(/^\d+,101,amount,\/amount,minimum,.*,'?-5/m);

  const seen = await project.run('export', 'orders');
  expect([seen.exitCode, seen.stdout]).toEqual([3, '']);
  expect(seen.stderr).toMatch(/^✗ 3 rows of 23 break the schema of orders/m);
  expect(seen.stderr).toMatch(/^ {2}· amount must be >= 0.*order_id=101.*-5/m);
  expect(seen.stderr).not.toContain('#/properties');
});

test('--non-strict leaves them out, counts them and shows them', async () => {
  const project = await ordersProject();
  await spoil(project);
  await project.database.run('UPDATE orders SET amount = 7 WHERE order_id = 1');
  const result = await project.data<{ report: string }>('export', 'orders', '--non-strict');
  expect(result).toMatchObject({ version: 2, rows: 20, rejected: 3, causes: [{ rows: 2 }, { rows: 1 }] });
  expect(await readFile(path.join(project.root, result.report), 'utf8')).toMatch(/102,customer/);
  await expectAgreement(project, 'orders', 2);
  const { stdout } = await project.run('export', 'orders', '--non-strict', '--force');
  expect(stdout).toMatch(/left out: amount/);
  expect(stdout).toContain('order_id=101');
});

test('--no-validate takes every row as it is', async () => {
  const project = await ordersProject();
  await spoil(project);
  expect(await project.data('export', 'orders', '--no-validate')).toMatchObject({ version: 2, rows: 23, rejected: 0 });
  await expectAgreement(project, 'orders', 2);
});

test('validate tells the same of the source, and writes no snapshot', async () => {
  const project = await ordersProject();
  expect(await project.data('validate', 'orders')).toMatchObject({ rows: 20, rejected: 0 });
  expect(Object.keys(await filesOf(project.root)).filter((file) => file.startsWith('data'))).toEqual([]);
  await spoil(project);
  expect(await project.failure('validate', 'orders')).toMatchObject({
    exitCode: 3,
    details: { read: 23, rejected: 3 },
  });
  expect(await project.git('status', '--porcelain')).toBe('');
});

test.each([
  ['is not JSON', '{"type": "object",}'],
  ['is no schema', { type: 'objekt' }],
  ['misspells a keyword', { ...SCHEMA, properties: { amount: { type: 'number', minimun: 0 } } }],
  ['refers to another machine', { ...SCHEMA, properties: { amount: { $ref: 'https://example.org/a.json' } } }],
])('a schema that %s is refused before anything is read', async (_, schema) => {
  const project = await ordersProject(schema);
  const before = await stateOf(project);
  const failure = await project.failure('export', 'orders', '--url', NOWHERE);
  expect(failure).toMatchObject({ code: 'SNAPKEEP_SCHEMA_INVALID', exitCode: 2 });
  expect(failure.message).toContain('schemas/orders.schema.json');
  expect(await stateOf(project)).toEqual(before);
});

test('a schema that isn’t there is told with the command that writes one', async () => {
  const project = await createProject({ datasets: { orders: { table: 'orders', schema: 'schemas/none.json' } } });
  const failure = await project.failure('export', 'orders', '--url', NOWHERE);
  expect(failure).toMatchObject({ code: 'SNAPKEEP_SCHEMA_INVALID', exitCode: 2 });
  expect(failure.hint).toContain('snapkeep schema infer');
});

test('a quality rule that does not hold stops the export, or warns', async () => {
  const rules = [
    { name: 'enough orders', sql: 'count(*) >= 100', severity: 'error' },
    { name: 'known customers', sql: `count(*) FILTER (customer = 'ada') > 0`, severity: 'warn' },
  ];
  const project = await createProject({ sql: orders(20), datasets: { orders: { table: 'orders', rules } } });
  const before = await stateOf(project);
  const failure = await project.failure('export', 'orders');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_RULE_BROKEN', exitCode: 3 });
  expect(failure.message).toContain('enough orders');
  expect(await stateOf(project)).toEqual(before);
});
