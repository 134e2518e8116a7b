import { chmod, glob, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import { failureOf } from './support/cli.ts';
import { until } from './support/process.ts';
import { createProject, type Project } from './support/project.ts';
import { untilStreaming } from './support/slow.ts';
import { expectAgreement, stateOf } from './support/state.ts';

/** While the table `slowly` has a row the rows take a moment each, so that a test can step in. */
const SQL = ['CREATE TABLE slowly (n int)', 'INSERT INTO slowly VALUES (1)'];
const DATASETS = {
  slow: {
    query: `SELECT n AS id, CASE WHEN (SELECT count(*) FROM slowly) > 0 AND pg_sleep(0.01) IS NULL THEN 0 ELSE 1 END AS one
      FROM generate_series(1, 1000) AS n`,
    key: ['id'],
  },
};
const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'snapkeep'`;

async function configure(project: Project, retry: object, slow: object = {}): Promise<void> {
  const datasets = { slow: { ...DATASETS.slow, ...slow } };
  await project.write({ 'snapkeep.config.yaml': { datasets, capabilities: { versionStore: ['git'] }, retry } });
  await project.git('commit', '--quiet', '--all', '--message', 'configuration');
}

async function ownServer(settings: Record<string, string> = {}): Promise<OwnServer> {
  const server = await startOwnServer(settings);
  onTestFinished(() => server.drop());
  for (const statement of SQL) await server.run(statement);
  return server;
}

const retriesIn = (stderr: string) => stderr.split('\n').filter((line) => /attempt \d+ of \d+ begins in/.test(line));

test('an export whose backend is terminated begins anew, whole, and tells each time in one line', async () => {
  const project = await createProject({ sql: SQL });
  await configure(project, { delaySeconds: 0.2 }, { schema: 'slow.schema.json' });
  await project.write({ 'slow.schema.json': { type: 'object', properties: { id: { minimum: 11 } } } });
  const running = project.start('export', 'slow', '--non-strict', '--json');
  for (const attempt of [1, 2]) {
    await until(`attempt ${attempt} has its own staging area`, async () => {
      const found: string[] = [];
      for await (const folder of glob('.snapkeep/tx/*/attempt-*', { cwd: project.root }))
        found.push(path.basename(folder));
      return found.join() === `attempt-${attempt}`;
    });
    await untilStreaming(project);
    if (attempt === 2) await project.database.run('DELETE FROM slowly');
    await project.database.run(TERMINATE);
  }
  const { exitCode, stdout, stderr } = await running.finished;
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout).data).toMatchObject({ attempts: 3, rows: 990, rejected: 10, version: 1 });
  const lines = retriesIn(stderr);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/terminating connection due to administrator command; attempt 2 of 4 begins in 0\.[12] s/);
  expect(await readdir(path.join(project.root, '.snapkeep', 'rejected')), 'one report').toHaveLength(1);
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'the schema');
  await expectAgreement(project, 'slow', 1);
});

test('a server that is restarted in the middle of the rows is waited for', async () => {
  const project = await createProject();
  const server = await ownServer();
  await configure(project, { delaySeconds: 1 });
  const there = project.with({ DATABASE_URL: server.url });
  const running = there.start('export', 'slow', '--json');
  await untilStreaming({ root: project.root, database: server });
  await server.stop('immediate');
  await until('a new attempt is refused', async () => /ECONNREFUSED.*begins in/.test(running.output()));
  await server.start();
  await server.run('DELETE FROM slowly');
  const { exitCode, stdout, stderr } = await running.finished;
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout).data).toMatchObject({ rows: 1000, version: 1 });
  expect(JSON.parse(stdout).data.attempts).toBeGreaterThan(2);
  await expectAgreement(project, 'slow', 1);
});

test('a server without a free connection is asked again later', async () => {
  const project = await createProject();
  const server = await ownServer({ max_connections: '3', superuser_reserved_connections: '0', max_wal_senders: '0' });
  await server.run('DELETE FROM slowly');
  await configure(project, { delaySeconds: 1 });
  const clients = Array.from({ length: 3 }, () => new pg.Client({ connectionString: server.url }));
  await until('the server is full', async () => {
    const all = await Promise.allSettled(clients.splice(0).map((client) => client.connect().then(() => client)));
    clients.push(...all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
    const full = clients.length === 3;
    while (!full && clients.length < 3) clients.push(new pg.Client({ connectionString: server.url }));
    return full;
  });
  const there = project.with({ DATABASE_URL: server.url });
  const before = await stateOf(project);
  const failure = await there.failure('export', 'slow', '--retries', '1');
  expect(failure).toMatchObject({
    code: 'SNAPKEEP_SOURCE_UNREACHABLE',
    exitCode: 10,
    details: { sqlstate: '53300', attempts: 2 },
  });
  expect(await stateOf(project)).toEqual(before);
  const running = there.start('export', 'slow', '--json');
  await until('it was sent away', async () => retriesIn(running.output()).length > 0);
  await Promise.all(clients.map((client) => client.end()));
  const { exitCode, stdout, stderr } = await running.finished;
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout).data).toMatchObject({ rows: 1000, version: 1 });
  expect(stderr).toMatch(/too many clients/);
});

test('an address where nobody has answered yet, and an error that would come again, are told at once', async () => {
  const project = await createProject();
  await configure(
    project,
    { delaySeconds: 30 },
    { query: 'SELECT n AS id, 1 / (n - 500) AS one FROM generate_series(1, 1000) n' },
  );
  const begun = Date.now();
  const refused = await project.failure('export', 'slow', '--url', 'postgres://ada@127.0.0.1:1/none');
  expect(refused).toMatchObject({ code: 'SNAPKEEP_SOURCE_UNREACHABLE', exitCode: 10 });
  const failed = await project.failure('export', 'slow');
  expect(failed).toMatchObject({ code: 'SNAPKEEP_SOURCE_FAILED', exitCode: 10, details: { sqlstate: '22012' } });
  for (const { details } of [refused, failed]) expect(details).not.toHaveProperty('attempts');
  expect(Date.now() - begun).toBeLessThan(25_000);
});

test('Ctrl-C ends the pause before the next attempt', async () => {
  const project = await createProject({ sql: SQL });
  await configure(project, { delaySeconds: 60 });
  const before = await stateOf(project);
  const running = project.start('export', 'slow', '--json');
  await untilStreaming(project);
  await project.database.run(TERMINATE);
  await until('it pauses', async () => retriesIn(running.output()).length > 0);
  running.child.kill('SIGINT');
  const begun = Date.now();
  expect(failureOf(await running.finished)).toMatchObject({ code: 'SNAPKEEP_INTERRUPTED', exitCode: 130 });
  expect(Date.now() - begun).toBeLessThan(5_000);
  expect(await stateOf(project)).toEqual(before);
});

test('once all rows are there the server is needed no more, and nothing is repeated', async () => {
  const project = await createProject();
  const server = await ownServer();
  await server.run('DELETE FROM slowly');
  await configure(project, { delaySeconds: 0.2 });
  const hook = path.join(project.root, '.git', 'hooks', 'pre-commit');
  await writeFile(hook, `#!/bin/sh\nkill -QUIT ${await server.pid()}\n`);
  await chmod(hook, 0o755);
  const there = project.with({ DATABASE_URL: server.url });
  expect(await there.data('export', 'slow')).toMatchObject({ attempts: 1, rows: 1000, version: 1 });
  await expectAgreement(project, 'slow', 1);
});

test('validate reads again as export does', async () => {
  const project = await createProject({ sql: SQL });
  await configure(project, { delaySeconds: 0.2 });
  const running = project.start('validate', 'slow', '--json');
  await until('rows are on their way', async () => {
    const active = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(0.01)%'
      AND state = 'active' AND pid <> pg_backend_pid()`;
    return (await project.database.run(active)).rows.length > 0;
  });
  await project.database.run('DELETE FROM slowly');
  await project.database.run(TERMINATE);
  const { exitCode, stdout, stderr } = await running.finished;
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout).data).toMatchObject({ rows: 1000, attempts: 2 });
});
