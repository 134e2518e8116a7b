import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dirtyProject, type Exported } from './support/dirty-orders.ts';
import { duckdb, parquetOf } from './support/parquet.ts';
import { expectAgreement, stateOf } from './support/state.ts';

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

test('where a rule refuses the rows that are left, nobody is told that the others are kept', async () => {
  const project = await dirtyProject({
    onInvalid: 'quarantine',
    rules: [{ rows: { min: 36 } }, { name: 'paid', sql: 'min(amount) >= 0' }],
  });
  const before = await stateOf(project);
  const refused = await project.run('export', 'orders');
  expect(refused.exitCode, refused.stderr).toBe(3);
  const [report = ''] = await readdir(path.join(project.root, '.snapkeep/rejected'));
  expect(refused.stderr).toMatch(
    new RegExp(`5 of 40 rows break the schema and were set aside; the report: .*${report}`),
  );
  expect(refused.stderr).toMatch(/✗ .*35 rows/);
  expect(refused.stderr + refused.stdout).not.toMatch(/quarantine/);
  expect(await stateOf(project)).toEqual(before);
  await project.database.run(`UPDATE orders SET email = NULL WHERE order_id = 20`);
  const kept = await project.run('export', 'orders');
  expect(kept.exitCode, kept.stderr).toBe(0);
  expect(kept.stderr).toContain('4 of 40 rows break the schema and were set aside');
  expect(kept.stdout).toMatch(/in quarantine: amount must be >= 0 \(3 rows\)/);
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
