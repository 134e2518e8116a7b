import { expect, test } from 'vitest';
import { failureOf } from './support/cli.ts';
import { orders } from './support/events.ts';
import { createProject } from './support/project.ts';
import { QUICK, SLOW, untilStreaming } from './support/slow.ts';
import { stateOf } from './support/state.ts';

test('a wrong password is told without the password', async () => {
  const project = await createProject();
  const url = new URL(project.database.url);
  url.password = 'hunter2-canary';
  const wrong = project.with({ DATABASE_URL: url.toString() });
  expect(await wrong.failure('export', 'orders')).toMatchObject({ code: 'SNAPKEEP_SOURCE_AUTH', exitCode: 10 });
  for (const more of [[], ['--debug'], ['--json', '--debug'], ['-v']]) {
    const { exitCode, stdout, stderr } = await wrong.run('export', 'orders', ...more);
    expect(exitCode).toBe(10);
    expect(stdout + stderr).not.toContain('hunter2-canary');
  }
});

test('a server that nobody runs is told with its address', async () => {
  const project = await createProject();
  const failure = await project.failure('export', 'orders', '--url', 'postgres://ada@127.0.0.1:1/none');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_SOURCE_UNREACHABLE', exitCode: 10 });
  expect(failure.message).toContain('127.0.0.1:1');
});

test('a missing table is told with the names tried and the nearest that exist', async () => {
  const datasets = { sales: { table: ['Order', 'order'] } };
  const project = await createProject({ sql: orders(1), datasets });
  for (const [name, tried] of [
    ['sales', ['Order', 'order']],
    ['public.oders', ['public.oders']],
  ] as const) {
    const failure = await project.failure('export', name);
    expect(failure).toMatchObject({ code: 'SNAPKEEP_TABLE_NOT_FOUND', exitCode: 10 });
    for (const text of tried) expect(failure.message).toContain(text);
    expect(failure.message + failure.hint).toMatch(/\borders\b/);
  }
});

test('a table that may not be read is told as such', async () => {
  const project = await createProject({ sql: orders(1) });
  const role = `reader_${project.database.name.slice(-12)}`;
  await project.database.run(`CREATE ROLE ${role} LOGIN PASSWORD 'reads'`);
  try {
    const url = new URL(project.database.url);
    url.username = role;
    url.password = 'reads';
    const reader = project.with({ DATABASE_URL: url.toString() });
    expect(await reader.failure('export', 'orders')).toMatchObject({
      code: 'SNAPKEEP_SOURCE_PERMISSION',
      exitCode: 10,
    });
  } finally {
    await project.database.run(`DROP ROLE ${role}`);
  }
});

test('a backend that is terminated in the middle of the rows is told, and nothing is published', async () => {
  const project = await createProject({ datasets: SLOW });
  const before = await stateOf(project);
  const running = project.start('export', 'slow', '--retries', '0', '--json');
  await untilStreaming(project);
  await project.database.run(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  const failure = failureOf(await running.finished);
  expect(failure).toMatchObject({ code: 'SNAPKEEP_SOURCE_LOST', exitCode: 10 });
  expect(failure.message).toMatch(/terminat/i);
  expect(await stateOf(project)).toEqual(before);
  await project.write({ 'snapkeep.config.yaml': { datasets: QUICK, capabilities: { versionStore: ['git'] } } });
  expect(await project.data('export', 'slow')).toMatchObject({ version: 1, rows: 3000 });
});

test('without any connection it is told how to give one', async () => {
  const project = await createProject();
  const failure = await project.with({ DATABASE_URL: '' }).failure('export', 'orders');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_NO_CONNECTION', exitCode: 2 });
});
