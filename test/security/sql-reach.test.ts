import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { orders } from '../e2e/support/events.ts';
import { createProject, type Project } from '../e2e/support/project.ts';
import { stateOf } from '../e2e/support/state.ts';

async function withRule(project: Project, sql: string): Promise<void> {
  await project.write({
    'snapkeep.config.yaml': {
      capabilities: { versionStore: ['git'] },
      datasets: { orders: { table: 'orders', rules: [{ name: 'rule', sql, severity: 'error' }] } },
    },
  });
}

test('a rule is one expression over the rows: no file, no network, no extension, no second statement', async () => {
  const project = await createProject({ sql: orders(5) });
  const loot = path.join(project.folder, 'loot');
  for (const sql of [
    `(SELECT count(*) FROM read_text('/etc/passwd')) > 0`,
    `(SELECT count(*) FROM read_csv('/etc/passwd', header = false)) > 0`,
    `(SELECT count(*) FROM glob('/etc/*')) > 0`,
    `(SELECT count(*) FROM read_csv('https://example.org/x.csv')) > 0`,
    `true), false) AS holds FROM content; COPY content TO '${loot}'; SELECT coalesce((true`,
    `true), false) AS holds FROM content; INSTALL httpfs; SELECT coalesce((true`,
    `true), false) AS holds FROM content; ATTACH '${loot}'; SELECT coalesce((true`,
    `true), false) AS holds FROM content; SET enable_external_access = true; SELECT coalesce((true`,
  ]) {
    await withRule(project, sql);
    const before = await stateOf(project);
    const failure = await project.failure('export', 'orders');
    expect(failure, sql).toMatchObject({ code: 'SNAPKEEP_CONFIG_INVALID', exitCode: 2 });
    expect(await stateOf(project)).toEqual(before);
  }
  expect(existsSync(loot)).toBe(false);
  await withRule(project, 'count(*) = 5 -- all of them');
  expect(await project.data('export', 'orders')).toMatchObject({ rows: 5 });
});

test('query reads the project’s snapshots and nothing else, and writes nothing', async () => {
  const project = await createProject({ sql: orders(5) });
  await project.data('export', 'orders');
  await project.write({ 'secret.txt': 'not for SQL\n' });
  const loot = path.join(project.folder, 'loot');
  const before = await stateOf(project);
  for (const sql of [
    `SELECT * FROM read_text('/etc/passwd')`,
    `SELECT * FROM read_csv('${project.root}/secret.txt')`,
    `SELECT * FROM '${project.root}/data/../secret.txt'`,
    `SELECT * FROM glob('/etc/*')`,
    `SELECT * FROM read_parquet('https://example.org/x.parquet')`,
    `COPY orders TO '${loot}'`,
    `SELECT 1; COPY orders TO '${loot}'`,
    `ATTACH '${loot}' AS loot`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    `CREATE TABLE t AS SELECT 1`,
  ]) {
    expect(await project.failure('query', sql), sql).toMatchObject({ code: 'SNAPKEEP_SQL_FAILED', exitCode: 2 });
  }
  expect(existsSync(loot)).toBe(false);
  expect(await stateOf(project)).toEqual(before);
  expect(await project.data('query', 'SELECT count(*) FROM orders')).toMatchObject({ rows: [[5]] });
});

test('a dataset’s query is read only, whatever it calls: it can’t make its transaction writable', async () => {
  const project = await createProject({
    sql: [
      'CREATE TABLE kept AS SELECT 1 AS a',
      `CREATE FUNCTION meddle() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
         PERFORM set_config('transaction_read_only', 'off', false); DELETE FROM kept; RETURN 1; END $$`,
      `CREATE SEQUENCE counter`,
    ],
  });
  for (const query of [
    'SELECT meddle() AS a',
    `SELECT nextval('counter') AS a`,
    `SELECT set_config('transaction_read_only', 'off', false) AS a, (SELECT meddle()) AS b`,
    `SELECT lo_creat(-1) AS a`,
    'SELECT 1 AS a; DELETE FROM kept',
    'WITH gone AS (DELETE FROM kept RETURNING a) SELECT a FROM gone',
    `COPY (SELECT 1) TO PROGRAM 'touch /tmp/pwned'`,
  ]) {
    await project.write({
      'snapkeep.config.yaml': { capabilities: { versionStore: ['git'] }, datasets: { q: { query } } },
    });
    const { exitCode, stderr } = await project.run('export', 'q');
    expect([2, 10], `${query}: ${stderr}`).toContain(exitCode);
  }
  const { rows } = await project.database.run(
    'SELECT (SELECT count(*)::int FROM kept) AS kept, (SELECT is_called FROM counter) AS called',
  );
  expect(rows).toEqual([{ kept: 1, called: false }]);
});

test('values that a server’s message quotes are left out, unless the configuration asks for them', async () => {
  const project = await createProject({
    sql: [
      `CREATE TABLE people (id int PRIMARY KEY, diagnosis text)`,
      `INSERT INTO people VALUES (1, 'canary "of" no-4711')`,
      `CREATE VIEW cast_view AS SELECT id, diagnosis::int AS n FROM people`,
      `CREATE FUNCTION tell(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'patient has %', $1; END $$`,
      `CREATE FUNCTION twice(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
         RAISE unique_violation USING MESSAGE = 'duplicate "' || $1 || '"', DETAIL = 'Key is ' || $1; END $$`,
    ],
  });
  const configure = (query: string, errorValues: boolean) =>
    project.write({
      'snapkeep.config.yaml': {
        capabilities: { versionStore: ['git'] },
        datasets: { q: { query } },
        plugins: { postgres: { errorValues } },
      },
    });
  for (const [query, state] of [
    ['SELECT * FROM cast_view', '22P02'],
    ['SELECT diagnosis::date AS d FROM people', '22007'],
    ['SELECT diagnosis::jsonb AS d FROM people', '22P02'],
    ['SELECT tell(diagnosis) AS d FROM people', 'P0001'],
    ['SELECT twice(diagnosis) AS d FROM people', '23505'],
  ] as const) {
    await configure(query, false);
    for (const flags of [['--debug'], ['--json', '--debug']]) {
      const { stdout, stderr, exitCode } = await project.run('export', 'q', ...flags);
      expect(exitCode, stderr).toBe(10);
      expect(stdout + stderr).not.toMatch(/canary|no-4711/);
      expect(stdout + stderr).toContain(query.includes('jsonb') ? 'json' : 'errorValues');
    }
    expect((await project.failure('export', 'q')).details).toMatchObject({ sqlstate: state });
  }
  await configure('SELECT * FROM cast_view', true);
  expect((await project.failure('export', 'q')).message).toContain('canary "of" no-4711');
});
