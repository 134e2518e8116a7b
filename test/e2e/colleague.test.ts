import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject } from './support/project.ts';

test('with nothing but git and DVC a colleague gets the version that a tag names, though a newer one exists', async () => {
  const project = await createProject({ sql: orders(30), dvc: true });
  const run = (command: string, args: string[], cwd: string) =>
    execa(command, args, { cwd, env: project.env, extendEnv: false });
  const remote = path.join(project.folder, 'remote');
  await run('dvc', ['remote', 'add', '--default', 'store', remote], project.root);
  await project.git('commit', '--quiet', '--all', '--message', 'a remote');

  await project.data('export', 'orders');
  const rows = (folder: string) =>
    duckdb(`SELECT order_id, customer, amount, created_at FROM ${parquetOf(folder)} ORDER BY order_id`);
  const first = await rows(path.join(project.root, 'data/orders/latest'));
  expect(first).toHaveLength(30);
  await project.database.run(`DELETE FROM orders WHERE order_id <= 10; UPDATE orders SET amount = 0`);
  await project.data('export', 'orders');

  await run('dvc', ['push'], project.root);
  expect(await project.git('status', '--porcelain')).toBe('');

  const clone = path.join(project.folder, 'clone');
  await run('git', ['clone', '--quiet', project.root, clone], project.folder);
  await run('git', ['checkout', '--quiet', 'orders/v1'], clone);
  await run('dvc', ['pull'], clone);
  expect(await rows(path.join(clone, 'data/orders/latest'))).toEqual(first);
  expect((await run('git', ['status', '--porcelain'], clone)).stdout).toBe('');

  await run('git', ['checkout', '--quiet', 'main'], clone);
  await run('dvc', ['pull'], clone);
  expect(await rows(path.join(clone, 'data/orders/latest'))).toHaveLength(20);
});
