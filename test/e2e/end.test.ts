import { expect, test } from 'vitest';
import { createProject } from './support/project.ts';

const COMMANDS: readonly (readonly [number, ...string[]])[] = [
  [0, 'export', 'orders'],
  [0, 'export', 'orders', '--lane', 'fast', '--no-version'],
  [0, 'run'],
  [0, 'validate', 'orders'],
  [0, 'sync', 'orders'],
  [0, 'version', 'list', 'orders'],
  [0, 'version', 'verify', 'orders'],
  [0, 'query', 'SELECT count(*) FROM orders'],
  [0, 'schema', 'infer', 'orders'],
  [0, 'doctor'],
  [10, 'export', 'nothing'],
  [2, 'export', '--nothing'],
];

const orders = () =>
  createProject({
    sql: 'CREATE TABLE orders AS SELECT n AS id, n::text AS note FROM generate_series(1, 10) AS n',
    datasets: { orders: { table: 'orders', key: ['id'] } },
  });

test('a command ends once it has nothing left to do: who calls process.exit may wait for good (nodejs/node#54918)', async () => {
  const project = (await orders()).with({ NODE_OPTIONS: '--trace-exit' });
  for (const [code, ...args] of COMMANDS) {
    const { exitCode, stderr } = await project.run(...args);
    expect([args, exitCode, stderr.includes('process.exit')]).toEqual([args, code, false]);
  }
});

test.each([
  ['a timer', 'setInterval(() => {}, 1e6)'],
  ['a timer that fails', 'setInterval(() => { if (process.exitCode !== undefined) throw new Error() }, 1)'],
])('whoever leaves open %s keeps no command from its end', async (_, left) => {
  const project = (await orders()).with({
    NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(left)}"`,
  });
  for (const [code, ...args] of COMMANDS.slice(-4)) {
    expect([args, (await project.run(...args)).exitCode]).toEqual([args, code]);
  }
});
