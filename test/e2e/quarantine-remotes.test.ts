import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test, vi } from 'vitest';
import type { Cli } from './support/cli.ts';
import { orders } from './support/events.ts';
import { createProject } from './support/project.ts';
import { expectAgreement, filesOf } from './support/state.ts';

// DVC starts a dozen times.
vi.setConfig({ testTimeout: 600_000 });

/** What a version's quarantine says of its rows: key and message of each. */
async function shown(cli: Cli, version: string): Promise<unknown> {
  const { items } = await cli.data<{ items: { key: unknown; violations: { message: string }[] }[] }>(
    'quarantine',
    'show',
    'orders',
    '--at',
    version,
  );
  return items.map(({ key, violations }) => [key, violations.map(({ message }) => message)]);
}

test('rejected rows go with their version: pushed, pulled by a clone, evicted, brought back, verified, rolled back to', async () => {
  const project = await createProject({
    sql: [...orders(40), 'UPDATE orders SET amount = -5 WHERE order_id IN (9, 10)'],
    dvc: true,
    datasets: {
      orders: { table: 'orders', schema: 'orders.schema.json', onInvalid: 'quarantine', retention: { keepLast: 1 } },
    },
  });
  const config = await readFile(path.join(project.root, '.dvc/config'), 'utf8');
  await project.write({
    'orders.schema.json': { properties: { order_id: { type: 'integer' }, amount: { minimum: 0 } } },
    '.dvc/config': `${config.replace('[core]\n', '[core]\n    remote = team\n')}['remote "team"']\n    url = ${project.folder}/remote\n`,
  });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'schema and remote');
  await project.git('init', '--quiet', '--bare', path.join(project.folder, 'origin.git'));
  await project.git('remote', 'add', 'origin', path.join(project.folder, 'origin.git'));
  const first = await project.data<{ path: string }>('export', 'orders');
  await project.database.run(
    'UPDATE orders SET amount = 1 WHERE order_id = 9; UPDATE orders SET amount = -1 WHERE order_id = 20',
  );
  await project.data('export', 'orders');
  const inFirst = await shown(project, 'v1');
  const inSecond = await shown(project, 'v2');
  expect([inFirst, inSecond]).toEqual([
    [
      [{ order_id: '9' }, ['must be >= 0']],
      [{ order_id: '10' }, ['must be >= 0']],
    ],
    [
      [{ order_id: '10' }, ['must be >= 0']],
      [{ order_id: '20' }, ['must be >= 0']],
    ],
  ]);

  await project.data('version', 'push', 'orders', '--all', '--git');
  const folder = path.join(project.folder, 'clone');
  const origin = `file://${project.folder}/origin.git`;
  await execa('git', ['clone', '--quiet', origin, folder], { env: project.env, extendEnv: false });
  const clone = project.in(path.relative(project.root, folder));
  await clone.data('version', 'pull', 'orders', 'v2');
  const parquet = async (root: string) =>
    Object.entries(await filesOf(root)).filter(([name]) => name.endsWith('.parquet') && name.includes('quarantine'));
  const [, newest] = await parquet(project.root);
  expect(await parquet(folder)).toEqual([newest]);
  expect(await shown(clone, 'v2')).toEqual(inSecond);

  // v1 leaves work tree, HEAD and cache: its quarantine is the remote's alone, and is read from there.
  await project.data('version', 'gc', 'orders', '--cache');
  expect(await parquet(project.root)).toEqual([newest]);
  expect(await shown(project, 'v1')).toEqual(inFirst);
  expect(await project.data('version', 'rollback', 'orders', 'v1')).toMatchObject({ version: 3, to: 1 });
  await expectAgreement(project, 'orders', 3);
  expect(await shown(project, 'latest')).toEqual(inFirst);
  expect(await project.data('version', 'verify', 'orders')).toMatchObject({ dataset: 'orders' });

  const file = path.join(project.root, first.path, 'quarantine/orders.parquet');
  const bytes = await readFile(file);
  await rm(file);
  await writeFile(file, bytes.subarray(0, -4));
  expect(await project.failure('version', 'verify', 'orders', 'v1')).toMatchObject({
    code: 'SNAPKEEP_INTEGRITY',
    exitCode: 14,
  });
});
