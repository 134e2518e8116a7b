import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliProject, createCliProject } from '../support/cli-project.ts';

let project: CliProject;

beforeAll(async () => {
  project = await createCliProject({ config: { datasets: {}, capabilities: { versionStore: [] } } });
  await project.database.run(`SET TimeZone = 'UTC';
    CREATE TABLE instants (id int PRIMARY KEY, created_at timestamptz);
    CREATE TABLE walls (id int PRIMARY KEY, created_at timestamp);
    CREATE TABLE days (id int PRIMARY KEY, created_at date)`);
  for (const table of ['instants', 'walls', 'days']) {
    await project.database.run(`INSERT INTO ${table} SELECT i, now() AT TIME ZONE 'UTC' - i * interval '1 day'
      FROM generate_series(0, 9) AS i UNION ALL SELECT 10, NULL`);
  }
});

afterAll(() => project.dispose());

test.each([
  ['instants', 4],
  ['walls', 4],
  // The day on which the window begins counts whole.
  ['days', 5],
])('--days leaves out what is older, in the export and in validate: %s', async (table, rows) => {
  const exported = await project.json('export', table, '--days', '4', '--no-version');
  expect(exported.data).toMatchObject({ rows });
  expect((await project.json('validate', table, '--days', '4')).data).toMatchObject({ rows });
});

test('--since and --until are half open', async () => {
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  const window = ['--since', day(6), '--until', day(3)];
  expect((await project.json('validate', 'days', ...window)).data).toMatchObject({ rows: 3 });
  expect((await project.json('validate', 'instants', ...window)).data).toMatchObject({ rows: 3 });
});
