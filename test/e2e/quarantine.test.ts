import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject, type Project, type ProjectOptions } from './support/project.ts';
import { expectAgreement, stateOf } from './support/state.ts';

const SCHEMA = {
  required: ['order_id', 'amount'],
  properties: {
    order_id: { type: 'integer' },
    customer: { type: 'string', minLength: 1 },
    email: { type: ['string', 'null'], format: 'email', 'x-sensitive': true },
    amount: { type: 'number', minimum: 0 },
    details: { $ref: '#/$defs/details' },
  },
  $defs: {
    details: {
      type: ['object', 'null'],
      properties: { lines: { type: 'array', items: { properties: { qty: { type: 'integer', minimum: 1 } } } } },
    },
  },
};

/** 40 orders of which 5 break the schema, one of them in two ways; what is in `api_token` is nobody's secret. */
const DIRT = `
  ALTER TABLE orders ADD COLUMN email text, ADD COLUMN details jsonb, ADD COLUMN api_token text DEFAULT 'tok';
  UPDATE orders SET details = '{"lines": [{"qty": 2}]}';
  UPDATE orders SET amount = -5 WHERE order_id IN (9, 10, 11);
  UPDATE orders SET customer = '' WHERE order_id = 11;
  UPDATE orders SET email = 'nobody at all' WHERE order_id = 20;
  UPDATE orders SET details = '{"lines": [{"qty": 2}, {"qty": -12345678901234567890}]}' WHERE order_id = 30`;

async function dirtyProject(config: Record<string, unknown> = {}, options: ProjectOptions = {}): Promise<Project> {
  const datasets = { orders: { table: 'orders', schema: 'orders.schema.json', ...config } };
  const project = await createProject({ sql: [...orders(40), DIRT], datasets, ...options });
  await project.write({ 'orders.schema.json': SCHEMA });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'schema');
  return project;
}

interface Exported {
  readonly path: string;
  readonly version: number;
  readonly report: string;
  readonly quarantine: { readonly files: readonly { readonly sha256: string; readonly path: string }[] } | null;
}

test('rows that break the schema are kept beside the others, in full, as a part of the snapshot', async () => {
  const project = await dirtyProject({}, { dvc: 'native' });
  const exported = await project.data<Exported>('export', 'orders', '--on-invalid', 'quarantine');
  expect(exported).toMatchObject({
    version: 1,
    rows: 35,
    rejected: 5,
    causes: [
      { column: 'amount', rows: 3, keyword: 'minimum' },
      { column: 'customer', rows: 1, examples: [{ key: { order_id: '11' }, value: '' }] },
      { column: 'email', rows: 1, examples: [{ value: '***' }] },
      {
        column: 'details',
        rows: 1,
        examples: [{ pointer: '/details/lines/1/qty', value: '-12345678901234567890' }],
      },
    ],
    quarantine: { rows: 5, files: [{ path: 'quarantine/orders.parquet', rows: 5 }] },
  });
  await expectAgreement(project, 'orders', 1);

  const folder = path.join(project.root, exported.path);
  expect(await duckdb(`SELECT count(*)::INT AS n FROM ${parquetOf(folder)}`)).toEqual([{ n: 35 }]);
  const kept = await duckdb(
    `SELECT "key"->>'order_id' AS id, violations, source FROM ${parquetOf(`${folder}/quarantine`)}`,
  );
  expect(kept.map(({ id }) => id)).toEqual(['9', '10', '11', '20', '30']);
  expect(kept[2]).toMatchObject({
    violations: [
      {
        column: 'customer',
        pointer: '/customer',
        keyword: 'minLength',
        schema_path: '#/properties/customer/minLength',
      },
      { column: 'amount', message: 'must be >= 0' },
    ],
    source: { order_id: '11', amount: '-5.00', customer: '', email: null, api_token: 'tok' },
  });
  expect(kept[3]).toMatchObject({ source: { email: 'nobody at all' } });
  const manifest = JSON.parse(await readFile(`${folder}.json`, 'utf8'));
  expect(manifest).toMatchObject({
    counts: { read: 40, rejected: 5, published: 35 },
    validation: { outcome: 'rejected rows in quarantine' },
    quarantine: exported.quarantine,
    plan: { sensitive: ['email'] },
  });
  expect(JSON.stringify(manifest) + (await readFile(path.join(project.root, exported.report), 'utf8'))).not.toContain(
    'nobody at all',
  );

  // Read in another order, the same rows are the same bytes, and no new version.
  await project.database.run('CREATE TABLE again AS SELECT * FROM orders ORDER BY random(); TRUNCATE orders');
  await project.database.run('INSERT INTO orders SELECT * FROM again ORDER BY random()');
  expect(await project.data('export', 'orders', '--on-invalid', 'quarantine')).toMatchObject({
    unchanged: true,
    quarantine: exported.quarantine,
  });
  await project.database.run('UPDATE orders SET amount = -6 WHERE order_id = 9');
  const second = await project.data<Exported>('export', 'orders', '--on-invalid', 'quarantine');
  expect(second).toMatchObject({ version: 2, unchanged: false });
  expect(second.quarantine?.files[0]?.sha256).not.toBe(exported.quarantine?.files[0]?.sha256);

  // It goes and comes back with the snapshot, and damage to it is damage.
  await rm(folder, { recursive: true });
  await project.data('version', 'rollback', 'orders', 'v1');
  await expectAgreement(project, 'orders', 3);
  const file = path.join(folder, 'quarantine/orders.parquet');
  expect((await readdir(path.dirname(file))).length).toBe(1);
  const bytes = await readFile(file);
  await rm(file);
  await writeFile(file, Buffer.concat([bytes.subarray(0, -1), Buffer.from('2')]));
  const failure = await project.failure('version', 'verify', 'orders');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_INTEGRITY', exitCode: 14 });
  expect(failure.message + JSON.stringify(failure.details)).toContain('quarantine/orders.parquet');
});

test('a bound, in rows or as a share, says how many rows may be kept out; more, and nothing is published', async () => {
  const project = await dirtyProject({ onInvalid: 'quarantine', maxInvalid: 4 });
  const before = await stateOf(project);
  expect(await project.failure('export', 'orders')).toMatchObject({
    code: 'SNAPKEEP_TOO_MANY_INVALID',
    exitCode: 3,
    message: expect.stringMatching(/^5 rows of 40 break .*at most 4 rows may; nothing was published$/),
    details: { maxInvalid: '4', read: 40, rejected: 5, causes: [{ rows: 3 }, {}, {}, {}] },
  });
  expect(await project.failure('export', 'orders', '--non-strict', '--max-invalid', '12.4%')).toMatchObject({
    code: 'SNAPKEEP_TOO_MANY_INVALID',
    details: { maxInvalid: '12.4%' },
  });
  const early = await project.failure('export', 'orders', '--fail-fast', '--max-invalid', '1');
  expect(early).toMatchObject({ code: 'SNAPKEEP_TOO_MANY_INVALID', details: { rejected: 2, stopped: true } });
  expect(await project.failure('export', 'orders', '--on-invalid', 'fail', '--fail-fast')).toMatchObject({
    code: 'SNAPKEEP_ROWS_INVALID',
    details: { rejected: 1, stopped: true },
  });
  for (const flags of [
    ['--max-invalid', 'some'],
    ['--max-invalid', '101%'],
    ['--max-invalid', '5', '--on-invalid', 'fail'],
    ['--non-strict', '--on-invalid', 'drop'],
  ]) {
    expect(await project.failure('export', 'orders', ...flags), flags.join(' ')).toMatchObject({ exitCode: 2 });
  }
  expect(await stateOf(project)).toEqual(before);
  expect(await project.data('export', 'orders', '--max-invalid', '12.5%')).toMatchObject({ version: 1, rejected: 5 });
  await project.database.run('DELETE FROM orders WHERE order_id IN (10, 30)');
  expect(await project.data('export', 'orders')).toMatchObject({ version: 2, rejected: 3, quarantine: { rows: 3 } });
});

test('x-sensitive masks a column’s values everywhere, whatever the column is called, and nothing else is masked', async () => {
  const project = await dirtyProject({ key: ['email'], distributions: ['email'] });
  await project.database.run(`UPDATE orders SET email = 'ada' || order_id || '@example.org' WHERE email IS NULL`);
  const outputs: string[] = [];
  const seen = async (...args: string[]) => {
    const { stdout, stderr } = await project.run(...args);
    outputs.push(stdout, stderr);
    return stdout;
  };
  await seen('export', 'orders', '--json');
  await seen('export', 'orders');
  await seen('validate', 'orders', '--json');
  await seen('export', 'orders', '--on-invalid', 'quarantine', '--json', '--debug');
  await project.database.run(`UPDATE orders SET email = 'ada1@example.org' WHERE order_id = 2`);
  await seen('export', 'orders', '--non-strict');
  for (const name of await readdir(path.join(project.root, '.snapkeep/rejected'))) {
    outputs.push(await readFile(path.join(project.root, '.snapkeep/rejected', name), 'utf8'));
  }
  await project.database.run(`UPDATE orders SET email = 'bob@example.org' WHERE order_id = 2`);
  await seen('export', 'orders', '--non-strict');
  const changed = ['version', 'diff', 'orders', 'v1', 'v2', '--key', 'order_id', '--rows', '9'];
  expect(await seen(...changed, '--json')).toContain('{"column":"email","old":"***","new":"***"}');
  await seen(...changed, '--format', 'markdown');
  outputs.push(await project.git('log', '--patch'));
  expect(outputs.join('\n')).toContain('SNAPKEEP_KEY_NOT_UNIQUE');
  expect(outputs.filter((text) => /nobody at all|@example\.org/.test(text.replaceAll('ada@example.org', '')))).toEqual(
    [],
  );

  await project.write({ 'snapkeep.config.yaml': '' });
  const shown = { datasets: { orders: { table: 'orders', schema: 'orders.schema.json', key: ['api_token'] } } };
  await project.write({ 'snapkeep.config.yaml': { ...shown, capabilities: { versionStore: ['git'] } } });
  await project.database.run(`UPDATE orders SET api_token = 'tok' || order_id`);
  const failure = await project.failure('export', 'orders');
  const dropped = await project.data<{ causes: unknown }>('export', 'orders', '--non-strict', '--no-version');
  expect(failure.details.causes).toEqual(dropped.causes);
  expect(JSON.stringify(failure.details.causes)).toContain('"api_token":"tok9"');
});

interface Replayed {
  readonly items: readonly {
    readonly key: Record<string, string>;
    readonly state: string;
    readonly changed: string[];
  }[];
}

test('show, list, export say what is kept and why; replay says what would pass now, what is gone, what changed', async () => {
  const project = await dirtyProject({ onInvalid: 'quarantine' });
  await project.data('export', 'orders');
  expect(await project.data('quarantine', 'list')).toMatchObject({
    quarantines: [{ dataset: 'orders', version: 1, rows: 5, read: 40, path: expect.stringMatching(/\/quarantine$/) }],
  });
  const shown = await project.data('quarantine', 'show', 'orders', '--column', 'amount', '--limit', '1');
  expect(shown).toMatchObject({
    rows: 5,
    matching: 3,
    causes: [{ column: 'amount', pointer: '/amount', rows: 3 }, { rows: 1 }, { rows: 1 }, { rows: 1 }],
    items: [{ key: { order_id: '9' }, violations: [{ value: '-5.00' }], source: { amount: '-5.00' } }],
  });
  const { stdout } = await project.run('quarantine', 'show', 'orders');
  expect(stdout).toMatch(/^order_id=11 +customer +NOT have fewer than 1 characters +""\n +amount +be >= 0 +-5\.00$/m);
  expect(stdout).toMatch(/^order_id=20 +email .*\*\*\*$/m);
  expect(stdout).toMatch(/^order_id=30 +details\/lines\/\*\/qty +be >= 1 +-12345678901234567890$/m);
  expect((await project.run('quarantine', 'show', 'orders', '--where', 'order_id=20', '--full')).stdout).toMatch(
    /email +\*\*\*/,
  );
  expect(await project.failure('quarantine', 'show', 'orders', '--where', 'email=x')).toMatchObject({ exitCode: 2 });

  const file = path.join(project.root, 'bad.csv');
  expect(await project.data('quarantine', 'export', 'orders', '-o', file)).toMatchObject({
    rows: 5,
    masked: ['email'],
  });
  const csv = await readFile(file, 'utf8');
  expect(csv).toContain('customer must NOT have fewer than 1 characters; amount must be >= 0,11,"",-5.00');
  expect(csv).not.toContain('nobody at all');
  expect(await project.failure('quarantine', 'export', 'orders', '-o', file)).toMatchObject({ exitCode: 2 });
  const lines = (await project.run('quarantine', 'export', 'orders', '--format', 'ndjson', '--unmasked')).stdout;
  expect(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).source.order_id),
  ).toEqual(['9', '10', '11', '20', '30']);
  expect(lines).toContain('nobody at all');

  await project.database.run(`UPDATE orders SET amount = 5 WHERE order_id IN (9, 11); DELETE FROM orders WHERE order_id = 10;
    UPDATE orders SET email = 'nobody' WHERE order_id = 20; ALTER TABLE orders ADD COLUMN later int`);
  const replayed = await project.data<Replayed>('quarantine', 'replay', 'orders');
  expect(replayed).toMatchObject({
    lookup: 'key',
    passes: { rows: 1, changed: 1 },
    fails: { rows: 3, changed: 2 },
    gone: { rows: 1, wouldPass: 0 },
    items: [
      { key: { order_id: '9' }, state: 'passes', changed: ['amount'], violations: [] },
      { key: { order_id: '10' }, state: 'gone', changed: null, violations: [{ column: 'amount' }] },
      { key: { order_id: '11' }, state: 'fails', changed: ['amount'], violations: [{ column: 'customer', value: '' }] },
      { state: 'fails', changed: ['email'], violations: [{ value: '***' }] },
      { state: 'fails', changed: [], violations: [{ column: 'details' }] },
    ],
  });
  await project.write({ 'next.json': { required: ['order_id'] } });
  expect(await project.data('quarantine', 'replay', 'orders', '--schema', 'next.json', '--only', 'gone')).toMatchObject(
    {
      passes: { rows: 4, changed: 3 },
      gone: { rows: 1, wouldPass: 1 },
      items: [{ state: 'gone', violations: [] }],
    },
  );
});

test('replay reads the table once where many rows are kept, and judges kept rows where there is no key', async () => {
  const schema = 'small.schema.json';
  const project = await createProject({
    sql: [
      `CREATE TABLE many (a text, b int, n int, PRIMARY KEY (a, b))`,
      `INSERT INTO many SELECT 'k' || i % 7, i, i FROM generate_series(1, 1000) AS i`,
      'CREATE TABLE bare (n int); INSERT INTO bare VALUES (1), (700), (700)',
    ],
    datasets: {
      many: { table: 'many', schema, onInvalid: 'quarantine' },
      bare: { table: 'bare', schema, onInvalid: 'quarantine' },
    },
  });
  await project.write({ [schema]: { properties: { n: { maximum: 500 } } } });
  expect(await project.data('export', 'many')).toMatchObject({ rows: 500, quarantine: { rows: 500 } });
  await project.database.run('DELETE FROM many WHERE b > 990; UPDATE many SET n = 1 WHERE b BETWEEN 601 AND 700');
  const replayed = await project.data<Replayed>('quarantine', 'replay', 'many', '--limit', '1000');
  expect(replayed).toMatchObject({
    passes: { rows: 100, changed: 100 },
    fails: { rows: 390, changed: 0 },
    gone: { rows: 10, wouldPass: 0 },
  });
  expect(replayed.items.filter(({ key, state }) => (state === 'gone') !== Number(key.b) > 990)).toEqual([]);

  expect(await project.data('export', 'bare')).toMatchObject({ rows: 1, quarantine: { rows: 2 } });
  expect(await project.data('quarantine', 'replay', 'bare')).toMatchObject({
    lookup: 'none',
    fails: { rows: 2, changed: 0 },
    items: [{ key: {}, changed: null }, {}],
  });
});

test('validate checks a version, or any Parquet file, by today’s schema or one that is given', async () => {
  const project = await dirtyProject({ onInvalid: 'drop' });
  await project.database.run(
    `ALTER TABLE orders ADD COLUMN took interval DEFAULT '1 year 2 hours', ADD COLUMN tags text[] DEFAULT '{a,NULL}'`,
  );
  const { path: folder } = await project.data<Exported>('export', 'orders');
  const file = path.join(project.root, folder, 'orders.parquet');
  expect(await project.data('validate', 'orders', '--at', 'v1')).toMatchObject({
    dataset: 'orders',
    version: 1,
    file: null,
    rows: 35,
    schema: 'orders.schema.json',
  });
  const took = { pattern: '^P1YT2H$' };
  const tags = { items: { type: ['string', 'null'], pattern: '^a$' }, minItems: 2 };
  await project.write({
    'kept.json': { properties: { took, tags, created_at: { type: 'string', notInFuture: true } } },
    'next.json': { properties: { amount: { maximum: 40 }, details: { required: ['lines', 'note'] } } },
  });
  expect(await project.data('validate', 'orders', '--at', 'v1', '--schema', 'kept.json')).toMatchObject({ rows: 35 });
  const failure = await project.failure('validate', 'orders', '--at', 'v1', '--schema', 'next.json');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_ROWS_INVALID',
    exitCode: 3,
    details: {
      read: 35,
      causes: [
        { pointer: '/details/note', rows: 35 },
        { column: 'amount', rows: 8 },
      ],
    },
  });
  expect(failure.message).toMatch(/^35 rows of 35 break the schema of orders v1: details\/note must be there/);

  expect(await project.data('validate', '--file', file, '--schema', 'orders.schema.json')).toMatchObject({
    dataset: null,
    file,
    rows: 35,
  });
  const strange = path.join(project.root, 'strange.parquet');
  await duckdb(`COPY (SELECT 1::UTINYINT AS a, {x: [1.5, NULL], "Y": DATE '2020-01-01'} AS b, MAP {'k': 1} AS c, 'é' AS "d e",
    TIMESTAMPTZ '2999-01-01 00:00:00Z' AS t, '2020-01-01'::TIMESTAMP_NS AS ns, '{"in": [3]}'::JSON AS j) TO '${strange}' (FORMAT parquet)`);
  await project.write({
    'strange.json': {
      properties: {
        a: { const: 1 },
        b: { const: { x: [1.5, null], Y: '2020-01-01' } },
        'd e': { maxLength: 1 },
        t: { format: 'date-time' },
        j: { properties: { in: { items: { maximum: 2 } } } },
        ns: { format: 'local-date-time' },
      },
    },
  });
  const refused = await project.failure('validate', '--file', strange, '--schema', 'strange.json');
  expect(refused.details).toMatchObject({ causes: [{ pointer: '/j/in/0', examples: [{ row: 1, value: '3' }] }] });
  expect(refused.details.causes).toHaveLength(1);
  for (const wrong of [
    ['validate'],
    ['validate', '--file', strange],
    ['validate', '--file', path.join(project.root, 'strange.json'), '--schema', 'strange.json'],
    ['validate', 'orders', '--at', 'v1', '--days', '3'],
    ['validate', 'orders', '--at', 'v1', '--file', strange],
  ]) {
    expect(await project.failure(...wrong), wrong.join(' ')).toMatchObject({ code: 'SNAPKEEP_USAGE', exitCode: 2 });
  }
});
