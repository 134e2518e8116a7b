import { appendFile, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from './support/events.ts';
import { createProject } from './support/project.ts';

test('missing files can be restored, changed ones can’t be trusted, and verify tells them apart', async () => {
  const project = await createProject({ sql: orders(20), dvc: true });
  const { path: first } = await project.data<{ path: string }>('export', 'orders');
  await project.database.run('DELETE FROM orders WHERE order_id <= 5');
  const { path: second } = await project.data<{ path: string }>('export', 'orders');

  await rm(path.join(project.root, first), { recursive: true });
  const missing = await project.failure('version', 'verify', 'orders');
  expect(missing).toMatchObject({ code: 'SNAPKEEP_INTEGRITY', exitCode: 14 });
  expect(missing.message).toBe('orders: files of v1 are missing here');
  expect(missing.hint).toContain('snapkeep version verify orders --repair');

  const folder = path.join(project.root, second);
  const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.parquet'));
  // DVC may have linked its cache's own file here: a new one is damaged in its place.
  await rename(path.join(folder, file), path.join(folder, 'gone'));
  await rm(path.join(folder, 'gone'), { force: true });
  await appendFile(path.join(folder, file), 'damage');
  const changed = await project.failure('version', 'verify', 'orders');
  expect(changed.message).toBe("orders: v2 can't be trusted here; files of v1 are missing here");
  expect(changed.hint).toContain('--repair takes it from the good copies');

  await rm(folder, { recursive: true });
  expect(await project.data('query', 'SELECT count(*) AS n FROM orders')).toMatchObject({ rows: [[15]] });
  expect(await project.data('query', 'SELECT count(*) AS n FROM orders', '--at', 'v1')).toMatchObject({ rows: [[20]] });
  expect(await project.data('version', 'verify', 'orders')).toMatchObject({ ok: true });
});
