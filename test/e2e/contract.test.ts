import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type CliProject, createCliProject } from '../support/cli-project.ts';

const RULES = [
  { rows: { min: 1, max: 1000 } },
  { nulls: { column: 'note', max: 50 }, severity: 'warn' },
  { unique: ['code'] },
  { unique: ['customer_id', 'made'] },
  { references: { columns: ['customer_id'], dataset: 'customers', to: ['id'] } },
  { name: 'paid something', sql: 'sum(price) > 0' },
  { drift: { column: 'status', max: 10 } },
  { freshness: { column: 'made', maxAge: '36h' } },
];

let project: CliProject;
beforeAll(async () => {
  project = await createCliProject({
    config: {
      datasets: { orders: { table: 'orders', schema: 'orders.json', key: ['id'], rules: RULES } },
      capabilities: { versionStore: ['git'] },
    },
  });
  await project.database.run(`
    CREATE TYPE state AS ENUM ('open', 'paid');
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, status state NOT NULL, code varchar(9) NOT NULL,
      price numeric(10,2) CHECK (price >= 0), made timestamptz NOT NULL, day date, note text, doc jsonb, tags text[],
      CHECK (status <> 'paid' OR price IS NOT NULL));
    COMMENT ON TABLE orders IS 'What was ordered'; COMMENT ON COLUMN orders.code IS 'On the paper'`);
  await project.json('schema', 'infer', 'orders', '-o', join(project.root, 'orders.json'));
});
afterAll(() => project.dispose());

test('a dataset becomes a contract, and the contract the same schema and rules again', async () => {
  const file = join(project.root, 'orders.odcs.yaml');
  expect((await project.json('schema', 'export', 'orders', '--odcs', '-o', file)).ok).toBe(true);
  const contract = parse(await readFile(file, 'utf8'));
  expect(contract).toMatchObject({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    name: 'orders',
    status: 'active',
    slaProperties: [{ property: 'latency', value: 36, unit: 'h', element: 'orders.made' }],
  });
  const [object] = contract.schema;
  const property = (name: string) => object.properties.find((found: { name: string }) => found.name === name);
  expect(object).toMatchObject({ physicalName: 'public.orders', description: 'What was ordered' });
  expect(property('id')).toMatchObject({
    logicalType: 'integer',
    primaryKey: true,
    primaryKeyPosition: 1,
    required: true,
  });
  expect(property('code')).toMatchObject({
    logicalType: 'string',
    logicalTypeOptions: { maxLength: 9 },
    description: 'On the paper',
  });
  expect(property('status').quality).toEqual([
    { metric: 'invalidValues', arguments: { validValues: ['open', 'paid'] }, mustBe: 0 },
  ]);
  expect(property('made')).toMatchObject({ logicalType: 'timestamp', physicalType: 'timestamp with time zone' });
  expect(property('customer_id').relationships).toEqual([{ type: 'foreignKey', to: 'customers.id' }]);

  const { data } = await project.json('schema', 'import', file);
  expect(data.schema).toEqual(JSON.parse(await readFile(join(project.root, 'orders.json'), 'utf8')));
  expect(data).toMatchObject({ dataset: 'orders', left: [], config: { table: 'public.orders', key: ['id'] } });
  const { rules } = data.config as unknown as { rules: object[] };
  expect(rules).toHaveLength(RULES.length);
  expect(rules).toEqual(expect.arrayContaining(RULES));
  // What the contract's owner changes there arrives here.
  property('code').logicalTypeOptions.maxLength = 12;
  await writeFile(file, stringify(contract));
  const changed = (await project.json('schema', 'import', file)).data.schema as unknown as {
    properties: Record<string, object>;
  };
  expect(changed.properties.code).toMatchObject({ maxLength: 12 });
});

test('a contract of somebody else gives a schema that rows can be checked with', async () => {
  await writeFile(
    join(project.root, 'theirs.yaml'),
    `version: 1.0.0
kind: DataContract
id: 53581432-6c55-4ba2-a65f-72344a91553b
status: active
apiVersion: v3.0.2
schema:
  - name: tbl
    physicalName: orders
    physicalType: table
    properties:
      - {name: id, logicalType: integer, physicalType: int, primaryKey: true, required: true, logicalTypeOptions: {minimum: 1}}
      - {name: code, logicalType: string, required: true, unique: true, logicalTypeOptions: {pattern: "^[a-z]+$"}}
      - name: note
        logicalType: string
        quality:
          - {metric: nullValues, unit: percent, mustBeLessOrEqualTo: 5, severity: warning}
          - {type: text, description: must make sense}
    quality:
      - {metric: rowCount, mustBeGreaterOrEqualTo: 2}
      - {type: sql, query: "SELECT 1", mustBe: 1}
  - name: other
`,
  );
  expect((await project.json('schema', 'import', 'theirs.yaml')).error).toMatchObject({
    code: 'SNAPKEEP_USAGE',
    hint: expect.stringContaining('--object'),
  });
  const { data } = await project.json(
    'schema',
    'import',
    'theirs.yaml',
    '--object',
    'tbl',
    '-o',
    join(project.root, 'theirs.json'),
  );
  expect(data).toMatchObject({
    dataset: 'tbl',
    schema: {
      properties: {
        id: { type: 'integer', minimum: 1 },
        code: { pattern: '^[a-z]+$' },
        note: { type: ['string', 'null'] },
      },
      required: ['id', 'code', 'note'],
      'x-key': ['id'],
    },
    config: {
      table: 'orders',
      key: ['id'],
      rules: [{ rows: { min: 2 } }, { unique: ['code'] }, { nulls: { column: 'note', max: 5 }, severity: 'warn' }],
    },
    left: ['quality sql', 'quality text of note'],
  });
  expect((await project.json('schema', 'check', '--file', 'theirs.json')).ok).toBe(true);
});

test.each([
  [
    'what the standard does not know',
    'version: 1.0.0\nkind: DataContract\nid: a\nstatus: active\napiVersion: v3.1.0\nowner: me\n',
    'SNAPKEEP_SCHEMA_INVALID',
    'owner',
  ],
  ['another version', 'apiVersion: v2.2.2\n', 'SNAPKEEP_SCHEMA_INVALID', 'v2.2.2'],
  ['no YAML', 'a: [', 'SNAPKEEP_SCHEMA_INVALID', 'neither YAML'],
  [
    'a bomb of aliases',
    `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    'SNAPKEEP_SCHEMA_INVALID',
    'alias',
  ],
])('%s is refused', async (_what, text, code, words) => {
  await writeFile(join(project.root, 'bad.yaml'), text);
  const { error } = await project.json('schema', 'import', 'bad.yaml');
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect(error.message).toContain(words);
});
