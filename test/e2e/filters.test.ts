import { readlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement, versionLines } from './support/state.ts';

interface Exported {
  readonly rows: number;
  readonly version: number | null;
  readonly snapshot: string;
}

/** Ten events, one each day up to now, two of them of a hostile user. */
const EVENTS = [
  `CREATE TABLE events (id int PRIMARY KEY, "userId" text, at timestamptz NOT NULL, day date, note text)`,
  `INSERT INTO events SELECT n, CASE WHEN n <= 2 THEN $$' OR 1=1 --$$ ELSE 'u' || n % 3 END,
     now() - n * interval '1 day' + interval '1 hour', date '2026-01-01' + n, NULL FROM generate_series(1, 10) AS n`,
];
const DATASETS = {
  events: { table: 'events', time: 'at', filters: { 'user-id': 'userId', number: 'id' } },
  misspelt: { table: 'events', time: 'att' },
  timeless: { table: 'events', time: 'note' },
};

async function eventsProject(): Promise<Project> {
  return createProject({ sql: EVENTS, datasets: DATASETS });
}

async function rowsOf(project: Project, ...flags: string[]): Promise<number> {
  return (await project.data<Exported>('export', 'events', '--no-version', ...flags)).rows;
}

test('the time window is half open and counts back from the server’s clock', async () => {
  const project = await eventsProject();
  expect(await rowsOf(project, '--days', '3')).toBe(3);
  expect(await rowsOf(project, '--days', '3650')).toBe(10);
  const { rows } = await project.database.run(
    `SELECT to_json(at)#>>'{}' AS at FROM events WHERE id IN (4, 7) ORDER BY at`,
  );
  const [from, to] = rows.map(({ at }) => String(at));
  expect(await rowsOf(project, '--since', String(from), '--until', String(to)), 'from is in, to is not').toBe(3);
  expect(await rowsOf(project, '--until', '1999-12-31')).toBe(0);
});

test('a window is kept in the version, and diff compares what both versions cover', async () => {
  const project = await eventsProject();
  expect(await project.data('export', 'events', '--days', '8')).toMatchObject({ version: 1, rows: 8 });
  await project.database.run('DELETE FROM events WHERE id = 2');
  expect(await project.data('export', 'events', '--days', '4')).toMatchObject({ version: 2, rows: 3 });
  expect(await project.data('version', 'diff', 'events')).toMatchObject({
    window: { column: 'at' },
    rows: { added: 0, removed: 1, changed: 0, unchanged: 3 },
  });
});

test('--where is always a value, never SQL, and every one of several must hold', async () => {
  const project = await eventsProject();
  const before = (await project.database.run('SELECT count(*) AS n FROM events')).rows;
  expect(await rowsOf(project, '--where', `userId=' OR 1=1 --`)).toBe(2);
  expect(await rowsOf(project, '--where', `userId='; DROP TABLE events; --`)).toBe(0);
  expect(await rowsOf(project, '--where', 'userId=u0', '--where', 'id=3')).toBe(1);
  expect(await rowsOf(project, '--where', 'day=2026-01-05')).toBe(1);
  expect((await project.database.run('SELECT count(*) AS n FROM events')).rows).toEqual(before);
});

test('shorthands of the configuration work by --filter, and user-id by its own flag too', async () => {
  const project = await eventsProject();
  expect(await rowsOf(project, '--filter', 'number=3')).toBe(1);
  expect(await rowsOf(project, '--filter', `user-id=' OR 1=1 --`)).toBe(2);
  expect(await rowsOf(project, '--filter', 'number=3', '--user-id', 'u0')).toBe(1);
  expect(await rowsOf(project, '--filter', 'number=3', '--filter', 'user-id=u1')).toBe(0);
  expect(await project.data('validate', 'events', '--filter', 'number=3')).toMatchObject({ rows: 1 });
});

test('what makes no sense is refused, each for its reason', async () => {
  const project = await eventsProject();
  const unknown = { code: 'SNAPKEEP_COLUMN_UNKNOWN', exitCode: 2 };
  expect(await project.failure('schema', 'plan', 'misspelt')).toMatchObject({
    ...unknown,
    hint: expect.stringContaining('"at"'),
  });
  expect(await project.failure('export', 'timeless')).toMatchObject(unknown);
  for (const [code, ...flags] of [
    ['SNAPKEEP_COLUMN_UNKNOWN', '--where', 'userid=u1'],
    ['SNAPKEEP_USAGE', '--where', 'nonsense'],
    ['SNAPKEEP_USAGE', '--where', 'id=three'],
    ['SNAPKEEP_USAGE', '--filter', 'nonsense'],
    ['SNAPKEEP_USAGE', '--filter', 'note=x'],
    ['SNAPKEEP_USAGE', '--filter', 'user-id=u1', '--user-id', 'u2'],
    ['SNAPKEEP_USAGE', '--days', '3', '--since', '2026-01-01'],
    ['SNAPKEEP_USAGE', '--since', 'yesterday'],
    ['SNAPKEEP_USAGE', '--since', '2026-02-01', '--until', '2026-01-01'],
    ['SNAPKEEP_USAGE', '--days', '0'],
  ] as const) {
    expect(await project.failure('export', 'events', ...flags), flags.join(' ')).toMatchObject({ code, exitCode: 2 });
  }
});

test('what is narrowed is no version, leaves latest alone, and can be made one', async () => {
  const project = await eventsProject();
  await project.data('export', 'events');
  const latest = path.join(project.root, 'data/events/latest');
  const current = await readlink(latest);
  let narrowed: Exported | undefined;
  for (const flags of [
    ['--user-id', `' OR 1=1 --`],
    ['--filter', 'number=4'],
    ['--limit', '4'],
    ['--where', 'id=1'],
  ]) {
    narrowed = await project.data<Exported>('export', 'events', ...flags);
    expect(narrowed.version).toBeNull();
    expect(await readlink(latest)).toBe(current);
    expect(await project.git('status', '--porcelain')).toBe('');
  }
  expect(narrowed?.rows).toBe(1);
  await expectAgreement(project, 'events', 1);

  const adopted = await project.data('version', 'create', 'events', narrowed?.snapshot ?? '', '--message', 'only one');
  expect(adopted).toMatchObject({ version: 2, rows: 1, tag: 'events/v2' });
  await expectAgreement(project, 'events', 2);
  expect((await versionLines(project, 'events'))[1]).toMatchObject({ kind: 'create', message: 'only one' });
  expect(await project.failure('version', 'create', 'events', narrowed?.snapshot ?? '')).toMatchObject({ exitCode: 2 });
});

test('narrowed under a name of its own it is a version of that dataset', async () => {
  const project = await eventsProject();
  expect(await project.data('export', 'events', '--user-id', 'u1', '--as', 'events_u1')).toMatchObject({
    dataset: 'events_u1',
    version: 1,
    rows: 3,
  });
  await expectAgreement(project, 'events_u1', 1);
});
