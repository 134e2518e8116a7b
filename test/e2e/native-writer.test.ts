import { rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject } from './support/project.ts';
import { expectAgreement, filesOf } from './support/state.ts';

/** Programs of the system, among them no DVC. */
const SYSTEM = [path.dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(path.delimiter);

test('without DVC on the machine: export, diff, rollback; with it later all is DVC’s, and goes to a remote', async () => {
  const project = await createProject({ init: false, sql: orders(40) });
  const alone = project.with({ PATH: SYSTEM });
  await alone.data('init', '--yes', '--dvc-writer', 'native');
  await alone.data('doctor');
  const v1 = await alone.data<{ path: string; snapshot: string }>('export', 'orders');
  await project.database.run('UPDATE orders SET amount = amount + 1 WHERE order_id <= 3');
  await alone.data('export', 'orders');
  const { rows } = await alone.data<{ rows: object }>('version', 'diff', 'orders', 'v1', 'v2');
  expect(rows).toEqual({ added: 0, removed: 0, changed: 3, unchanged: 37 });
  const bytes = await filesOf(path.join(project.root, v1.path));
  await rm(path.join(project.root, v1.path), { recursive: true });
  await alone.data('version', 'rollback', 'orders', 'v1');
  expect(await filesOf(path.join(project.root, v1.path))).toEqual(bytes);
  await expectAgreement(alone, 'orders', 3);

  // A remote is what it needs DVC for, and says so.
  const dvc = async (...args: string[]) =>
    (await execa(inject('dvcCommand'), args, { cwd: project.root, env: project.env })).stdout;
  await dvc('remote', 'add', '--default', 'team', path.join(project.folder, 'remote'));
  await project.git('commit', '--quiet', '--all', '--message', 'remote');
  expect(await alone.failure('version', 'push', 'orders')).toMatchObject({
    code: 'SNAPKEEP_DVC_MISSING',
    exitCode: 16,
  });
  expect(await dvc('status')).toMatch(/up to date/);
  await project.data('version', 'push', 'orders', '--all');
  await rm(path.join(project.root, '.dvc/cache'), { recursive: true });
  await rm(path.join(project.root, v1.path), { recursive: true });
  await project.data('version', 'pull', 'orders', 'v1');
  expect(await filesOf(path.join(project.root, v1.path))).toEqual(bytes);
});
