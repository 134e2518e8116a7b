import { readlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { insertBehavioralEvents } from '../support/behavioral-events.ts';
import { behavioralEvents } from './support/events.ts';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, filesOf, versionLines } from './support/state.ts';

interface Exported {
  readonly version: number;
  readonly snapshot: string;
  readonly rows: number;
  readonly path: string;
  readonly commit: string;
  readonly tag: string;
  readonly unchanged: boolean;
}

/** After any command of ours git has nothing to say. */
async function clean<T>(project: Project, command: Promise<T>): Promise<T> {
  const result = await command;
  expect(await project.git('status', '--porcelain')).toBe('');
  return result;
}

async function eventsProject(rows: number): Promise<Project> {
  const project = await createProject({ sql: behavioralEvents(rows), init: false });
  await clean(project, project.data('init', '--yes', '--example', 'behavioral-events'));
  return project;
}

/** 10 rows more, 5 fewer, 7 different. */
async function change({ database }: Project): Promise<void> {
  await database.run(insertBehavioralEvents({ rows: 10, firstRow: 1_000_001, baseTime: '2026-01-31T00:00:00Z' }));
  await database.run(
    `DELETE FROM "BehavioralEvent" WHERE id IN (SELECT id FROM "BehavioralEvent" ORDER BY id LIMIT 5)`,
  );
  await database.run(
    `UPDATE "BehavioralEvent" SET "engagementLevel" = CASE "engagementLevel" WHEN 'LOW' THEN 'HIGH' ELSE 'LOW' END::"EngagementLevel"
     WHERE id IN (SELECT id FROM "BehavioralEvent" ORDER BY id LIMIT 7)`,
  );
}

const NAME = 'behavioral_events';

test('a table goes in, versions come out, and one command takes readers back', async () => {
  const project = await eventsProject(2000);
  const run = <T>(...args: string[]) => clean(project, project.data<T>(...args));

  const v1 = await run<Exported>('export', NAME, '--message', 'before the change');
  expect(v1).toMatchObject({ version: 1, rows: 2000, tag: `${NAME}/v1`, unchanged: false });
  const committed = await project.git('show', '--format=%s', '--name-only', 'HEAD');
  const [subject, ...paths] = committed.split('\n').filter((line) => line !== '');
  expect(subject).toBe(`${NAME} v1: before the change`);
  expect(paths.sort()).toEqual(
    [
      `data/${NAME}/${v1.snapshot}.dvc`,
      `data/${NAME}/${v1.snapshot}.json`,
      `data/${NAME}/latest`,
      `data/${NAME}/versions.ndjson`,
    ].sort(),
  );
  expect(await project.git('rev-parse', `${NAME}/v1^{commit}`)).toBe(v1.commit);
  expect(await readlink(path.join(project.root, 'data', NAME, 'latest'))).toBe(v1.snapshot);
  const firstFiles = await filesOf(path.join(project.root, v1.path));

  await run('sync', NAME, '--mode', 'view');
  const file = path.join(project.root, 'analytics.duckdb');
  const count = `SELECT count(*)::INT AS n FROM research.${NAME}`;
  expect(await duckdb(count, file)).toEqual([{ n: 2000 }]);

  await change(project);
  const v2 = await run<Exported>('export', NAME);
  expect(v2).toMatchObject({ version: 2, rows: 2005 });
  expect(await duckdb(count, file), 'the view follows latest').toEqual([{ n: 2005 }]);
  expect(await filesOf(path.join(project.root, v1.path)), 'v1 is as it was').toEqual(firstFiles);

  const list = await run<{ versions: unknown[] }>('version', 'list', NAME);
  expect(list.versions).toMatchObject([
    { version: 1, rows: 2000, commit: v1.commit, tag: v1.tag, current: false },
    { version: 2, rows: 2005, commit: v2.commit, tag: v2.tag, current: true },
  ]);
  const diff = await run<{ columns: unknown[] }>('version', 'diff', NAME, 'v1', 'v2');
  expect(diff).toMatchObject({ rows: { added: 10, removed: 5, changed: 7, unchanged: 1988 }, schema: [] });
  expect(diff.columns).toEqual([{ name: 'engagementLevel', changed: 7 }]);
  const sql = `SELECT count(*) AS n FROM ${NAME}`;
  expect(await run('query', sql)).toMatchObject({ rows: [[2005]], versions: { [NAME]: 2 } });
  expect(await run('query', sql, '--at', 'v1')).toMatchObject({ rows: [[2000]], versions: { [NAME]: 1 } });

  const back = await run('version', 'rollback', NAME, 'v1');
  expect(back).toMatchObject({ version: 3, to: 1, from: 2, snapshot: v1.snapshot, rows: 2000 });
  expect(await run('query', sql)).toMatchObject({ rows: [[2000]], versions: { [NAME]: 3 } });
  expect(await duckdb(count, file)).toEqual([{ n: 2000 }]);
  expect(await run('version', 'show', NAME, 'v2')).toMatchObject({ version: 2, current: false });
  await expectAgreement(project, NAME, 3);
  expect(await project.git('rev-list', '--count', 'HEAD'), 'init and three versions').toBe('4');
});

test('a table in DuckDB has the rows, the indexes that the dataset names, and the version that it holds', async () => {
  const project = await eventsProject(300);
  await project.data('export', NAME);
  await clean(project, project.data('sync', NAME, '--mode', 'table'));
  const file = path.join(project.root, 'analytics.duckdb');
  const folder = path.join(project.root, 'data', NAME, 'latest');
  const [both] = await duckdb(
    `SELECT count(*)::INT AS rows, count(DISTINCT t)::INT AS rows_equal FROM (
       SELECT t FROM research.${NAME} AS t UNION ALL SELECT t FROM ${parquetOf(folder)} AS t)`,
    file,
  );
  expect(both).toEqual({ rows: 600, rows_equal: 300 });
  const indexes = await duckdb(`SELECT sql FROM duckdb_indexes() WHERE table_name = '${NAME}' ORDER BY sql`, file);
  expect(indexes).toHaveLength(3);
  await change(project);
  expect(await clean(project, project.data('export', NAME, '--sync'))).toMatchObject({
    version: 2,
    synced: [{ rows: 305 }],
  });
});

test('an unchanged table makes no version, and --force makes one all the same', async () => {
  const project = await eventsProject(50);
  const first = await project.data<Exported>('export', NAME);
  const before = await filesOf(project.root);
  const again = await clean(project, project.data<Exported>('export', NAME));
  expect(again).toMatchObject({ unchanged: true, version: 1, snapshot: first.snapshot });
  expect(await filesOf(project.root)).toEqual(before);
  expect(await project.git('rev-list', '--count', 'HEAD')).toBe('2');
  // What is missing or behind is brought up to date all the same, and told.
  const { stdout } = await project.run('export', NAME, '--sync');
  expect(stdout).toMatch(/no new version was made/);
  expect(stdout).toMatch(/✓ research\.behavioral_events in .* 50 rows/);
  expect(Object.keys(await filesOf(project.root))).toContain('analytics.duckdb');
  const forced = await clean(project, project.data<Exported>('export', NAME, '--force'));
  expect(forced).toMatchObject({ unchanged: false, version: 2 });
  expect(await versionLines(project, NAME)).toHaveLength(2);
  await expectAgreement(project, NAME, 2);
});

test('what people see of an export is on stdout, and nothing but the answer of a query is', async () => {
  const project = await eventsProject(20);
  const exported = await project.run('export', NAME);
  expect(exported.stdout).toMatch(/behavioral_events v1\s+20 rows/);
  const answer = await clean(project, project.run('query', `SELECT count(*) AS n FROM ${NAME}`));
  expect(answer).toMatchObject({ exitCode: 0, stdout: 'n\n20\n', stderr: '' });
  expect(
    await project.data('query', `SELECT 3.4::FLOAT AS f, [0.1::FLOAT, NULL] AS l FROM ${NAME} LIMIT 1`),
  ).toMatchObject({
    rows: [[3.4, [0.1, null]]],
  });
  // With -q what was asked for is said, and that a deed is done is not.
  expect(await project.run('export', NAME, '-q')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect((await project.run('query', `SELECT count(*) AS n FROM ${NAME}`, '-q')).stdout).toBe('n\n20\n');
  const diff = await project.failure('version', 'diff', NAME, 'v1', 'v9');
  expect(diff).toMatchObject({ code: 'SNAPKEEP_VERSION_UNKNOWN', exitCode: 2 });
});
