import { expect, test } from 'vitest';
import { createProject } from './support/project.ts';

const SQL = 'CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 10)';

test('a dataset that has snapshots but no version is told so, and how to make one', async () => {
  const project = await createProject({ sql: SQL });
  const { snapshot } = await project.data<{ snapshot: string }>('export', 'orders', '--no-version');
  for (const command of [
    ['query', 'SELECT * FROM orders'],
    ['version', 'verify', 'orders'],
  ]) {
    const failure = await project.failure(...command);
    expect(failure.message).toBe('orders has snapshots, but no version yet');
    expect(failure.hint).toContain(`snapkeep version create orders ${snapshot}`);
  }
  const unknown = '20200101T000000000Z-0123456789ab';
  expect(await project.failure('version', 'create', 'orders', unknown)).toMatchObject({
    code: 'SNAPKEEP_VERSION_UNKNOWN',
    exitCode: 2,
    message: `orders: no such snapshot: ${unknown}`,
    hint: `Snapshots that are no version yet: ${snapshot}`,
  });
  expect(await project.data('version', 'create', 'orders', snapshot)).toMatchObject({ version: 1 });
  const none = await project.failure('version', 'create', 'orders', unknown);
  expect(none.hint).toContain('snapkeep version list orders');
});
