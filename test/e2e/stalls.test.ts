import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from './support/cli.ts';
import { orders } from './support/events.ts';
import { until } from './support/process.ts';
import { createProject } from './support/project.ts';
import { backends, SLOW, untilStreaming } from './support/slow.ts';
import { expectAgreement, stateOf } from './support/state.ts';

const CAPABILITIES = { versionStore: ['git'] };

test('a backend that stands still in the middle of the rows ends the export with 10, in the time stated', async () => {
  const project = await createProject();
  await project.write({
    'snapkeep.config.yaml': { datasets: SLOW, capabilities: CAPABILITIES, plugins: { postgres: { stallSeconds: 3 } } },
  });
  const before = await stateOf(project);
  const running = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  const { rows } = await project.database.run(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(0.01)%'
       AND pid <> pg_backend_pid()`,
  );
  const pid = Number(rows[0]?.pid);
  process.kill(pid, 'SIGSTOP');
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // It has ended, as it should.
    }
  });
  const begun = Date.now();
  const finished = await running.finished;
  expect(Date.now() - begun).toBeLessThan(10_000);
  const failure = failureOf(finished);
  expect(failure).toMatchObject({ code: 'SNAPKEEP_SOURCE_STALLED', exitCode: 10 });
  expect(failure.message).toMatch(/sent nothing for 3 s; it takes new connections, but this one hangs or computes$/);
  expect(failure.details).not.toHaveProperty('attempts');
  expect(await stateOf(project)).toEqual(before);
  process.kill(pid, 'SIGCONT');
  await until('no backend remains', async () => (await backends(project)) === 0);
});

test('an export waits for an ALTER that is under way, says for whom, and has the new column', async () => {
  const project = await createProject({ sql: orders(20), datasets: { orders: { table: 'orders' } } });
  const other = await project.database.client();
  await other.query('BEGIN; ALTER TABLE orders ADD COLUMN note text');
  const running = project.start('export', 'orders', '--json');
  await until('it says that it waits', async () => running.output().includes('waiting for a lock on orders'));
  await other.query('COMMIT');
  const { exitCode, stdout, stderr } = await running.finished;
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout).data).toMatchObject({ rows: 20, attempts: 1 });
  expect(stderr).toMatch(
    /waiting for a lock on orders, held by process \d+ \(postgres, idle in transaction for \d+ s\)/,
  );
  expect(JSON.stringify(await project.data('version', 'show', 'orders'))).toContain('"note"');
  await expectAgreement(project, 'orders', 1);
});
