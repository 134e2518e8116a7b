import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { RunResult } from '../../src/pipeline/run/request.ts';
import { failureOf } from './support/cli.ts';
import { createProject } from './support/project.ts';
import { untilStreaming } from './support/slow.ts';
import { expectAgreement, stateOf } from './support/state.ts';

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'snapkeep'`;

test('an instant that is lost is lost for all: they are read again, at another; a lock, Ctrl-C and kill -9 leave all as it was', async () => {
  const project = await createProject({
    sql: [
      'CREATE TABLE slowly (n int)',
      'INSERT INTO slowly VALUES (1)',
      'CREATE TABLE quick (id int PRIMARY KEY)',
      'INSERT INTO quick SELECT generate_series(1, 20)',
    ],
    datasets: {
      quick: { table: 'quick', schema: 'quick.schema.json', onInvalid: 'drop' },
      slow: {
        query: `SELECT n AS id, CASE WHEN (SELECT count(*) FROM slowly) > 0 AND pg_sleep(0.01) IS NULL THEN 0 ELSE 1 END AS one
          FROM generate_series(1, 1000) AS n`,
        key: ['id'],
      },
    },
  });
  await project.write({ 'quick.schema.json': { properties: { id: { maximum: 15 } } } });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'schema');

  const running = project.start('run', '--jobs', '2', '--json');
  await untilStreaming(project);
  const busy = await project.failure('run', 'quick');
  expect(busy).toMatchObject({ code: 'SNAPKEEP_BUSY', exitCode: 13 });
  await project.database.run('INSERT INTO quick VALUES (0); DELETE FROM slowly');
  await project.database.run(TERMINATE);
  const { exitCode, stdout, stderr } = await running.finished;
  expect(exitCode, stderr).toBe(0);
  const result: RunResult = JSON.parse(stdout).data;
  expect(result).toMatchObject({ attempts: 2, datasets: [{ rows: 16, rejected: 5 }, { rows: 1000 }] });
  expect(stderr).toMatch(/terminating connection.*; attempt 2 of 4 begins in/);
  expect(stderr).toContain('quick: 5 of 21 rows break the schema and were left out');
  expect(await readdir(path.join(project.root, '.snapkeep', 'rejected')), 'one report').toHaveLength(1);
  for (const dataset of ['quick', 'slow']) await expectAgreement(project, dataset, 1);

  await project.database.run('INSERT INTO slowly VALUES (1); INSERT INTO quick VALUES (-1)');
  const whole = await stateOf(project);
  const interrupted = project.start('run', '--json');
  await untilStreaming(project);
  interrupted.child.kill('SIGINT');
  expect(failureOf(await interrupted.finished).exitCode).toBe(130);
  expect({ ...(await stateOf(project)) }).toEqual(whole);

  const killed = project.start('run');
  await untilStreaming(project);
  killed.child.kill('SIGKILL');
  await killed.finished;
  await project.database.run('DELETE FROM slowly');
  const healed = await project.run('export', 'quick');
  expect(healed.stderr).toContain('undid an interrupted run of quick');
  expect(healed.stderr).toContain('undid an interrupted run of slow');
  await expectAgreement(project, 'quick', 2);
  await expectAgreement(project, 'slow', 1);

  // As soon as one is bad nothing more is read.
  await project.database.run('INSERT INTO slowly VALUES (1); UPDATE quick SET id = id + 100 WHERE id > 15');
  const began = performance.now();
  const fast = await project.failure('run', '--on-invalid', 'fail', '--fail-fast', '--jobs', '2');
  expect(fast).toMatchObject({ code: 'SNAPKEEP_ROWS_INVALID', exitCode: 3 });
  expect(performance.now() - began).toBeLessThan(9_000);
});
