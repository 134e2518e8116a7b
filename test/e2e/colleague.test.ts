import path from 'node:path';
import { execa } from 'execa';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject } from './support/project.ts';

/** Every row by a reader that knows nothing of DuckDB. */
async function rowsIn(folder: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path.join(folder, 'orders.parquet')) });
}

test('with nothing but git and DVC a colleague gets the version that a tag names, though a newer one exists', async () => {
  const project = await createProject({ sql: orders(30), dvc: true });
  const run = (command: string, args: string[], cwd: string) =>
    execa(command, args, { cwd, env: project.env, extendEnv: false });
  const remote = path.join(project.folder, 'remote');
  await run('dvc', ['remote', 'add', '--default', 'store', remote], project.root);
  await project.git('commit', '--quiet', '--all', '--message', 'a remote');

  await project.data('export', 'orders', '--compression', 'snappy');
  const first = await rowsIn(path.join(project.root, 'data/orders/latest'));
  expect(first).toHaveLength(30);
  expect(first[3]).toEqual({
    order_id: 4,
    customer: 'customer 4',
    amount: 5,
    created_at: new Date('2026-01-01T04:00:00Z'),
  });
  await project.database.run(`DELETE FROM orders WHERE order_id <= 10; UPDATE orders SET amount = 0`);
  await project.data('export', 'orders', '--compression', 'snappy');

  await run('dvc', ['push'], project.root);
  expect(await project.git('status', '--porcelain')).toBe('');

  const clone = path.join(project.folder, 'clone');
  await run('git', ['clone', '--quiet', project.root, clone], project.folder);
  await run('git', ['checkout', '--quiet', 'orders/v1'], clone);
  await run('dvc', ['pull'], clone);
  expect(await rowsIn(path.join(clone, 'data/orders/latest'))).toEqual(first);
  expect((await run('git', ['status', '--porcelain'], clone)).stdout).toBe('');

  await run('git', ['checkout', '--quiet', 'main'], clone);
  await run('dvc', ['pull'], clone);
  expect(await rowsIn(path.join(clone, 'data/orders/latest'))).toHaveLength(20);
});

test('a tag older than the remote is pulled with today’s .dvc/config', async () => {
  const project = await createProject({ sql: orders(5), dvc: true });
  const run = (command: string, args: string[], cwd: string) =>
    execa(command, args, { cwd, env: project.env, extendEnv: false, reject: false });
  await project.data('export', 'orders', '--compression', 'snappy');
  await run('dvc', ['remote', 'add', '-d', 'team', path.join(project.folder, 'remote')], project.root);
  await project.git('commit', '--quiet', '--message', 'DVC remote', '.dvc/config');
  await run('dvc', ['push'], project.root);

  const clone = path.join(project.folder, 'clone');
  await run('git', ['clone', '--quiet', project.root, clone], project.folder);
  await run('git', ['checkout', '--quiet', 'orders/v1'], clone);
  expect((await run('dvc', ['pull'], clone)).stderr).toMatch(/no default remote set/i);
  await run('git', ['checkout', 'origin/HEAD', '--', '.dvc/config'], clone);
  expect(await run('dvc', ['pull'], clone)).toMatchObject({ exitCode: 0 });
  expect(await rowsIn(path.join(clone, 'data/orders/latest'))).toHaveLength(5);
});
