import { cp } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from './support/cli.ts';
import { createProject, type Project } from './support/project.ts';
import { expectAgreement } from './support/state.ts';

/** Copies a stranger's plugin out of the repository and links it, as its author would. */
async function link(project: Project, name: string): Promise<void> {
  const copy = path.join(project.folder, name);
  await cp(path.join(REPOSITORY, 'test/fixtures', name), copy, { recursive: true });
  const { exitCode, stdout, stderr } = await project.run('plugins', 'link', copy);
  expect(exitCode, stdout + stderr).toBe(0);
}

const CONFIG = {
  connection: { url: 'csv:./input' },
  capabilities: { source: 'csv', validator: 'rules', versionStore: ['git'] },
  datasets: { students: { table: 'students', schema: 'rules.json' } },
};
const RULES = {
  'x-rules': [
    { column: 'id', op: 'present' },
    { column: 'score', op: '>=', value: 0 },
  ],
};
const TYPES = { key: ['id'], columns: { id: { kind: 'integer', bits: 64 }, score: { kind: 'integer', bits: 32 } } };
const csv = (...scores: number[]) => `id,score\n${scores.map((score, index) => `${index + 1},${score}\n`).join('')}`;

test('a stranger’s source and validator are linked, chosen by configuration alone, and go all the way', async () => {
  const made = await createProject();
  const project = { ...made, ...made.with({ DATABASE_URL: '' }) };
  await link(project, 'outsider-source-csv');
  await link(project, 'outsider-validator-rules');
  const listed = await project.data<{ name: string }[]>('plugins');
  expect(JSON.stringify(listed)).toContain('outsider-source-csv');
  await project.write({
    'snapkeep.config.yaml': CONFIG,
    'rules.json': RULES,
    'input/students.csv': csv(10, 20, 30),
    'input/students.types.json': TYPES,
  });
  await project.git('add', '--all');
  await project.git('commit', '--quiet', '--message', 'students');

  expect(await project.data('export', 'students')).toMatchObject({ version: 1, rows: 3 });
  await project.write({ 'input/students.csv': csv(10, 25, 30, 40) });
  await project.git('commit', '--quiet', '--all', '--message', 'more students');
  expect(await project.data('export', 'students')).toMatchObject({ version: 2, rows: 4 });
  expect(await project.data('version', 'diff', 'students', 'v1', 'v2')).toMatchObject({
    rows: { added: 1, removed: 0, changed: 1, unchanged: 2 },
    columns: [{ name: 'score', changed: 1 }],
  });
  await project.data('version', 'rollback', 'students', 'v1');
  expect(await project.data('query', 'SELECT sum(score) AS s FROM students')).toMatchObject({ rows: [[60]] });
  await expectAgreement(project, 'students', 3);

  await project.write({ 'input/students.csv': csv(10, -1) });
  const failure = await project.failure('export', 'students');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_ROWS_INVALID', exitCode: 3 });
  expect(failure.message).toContain('score');
  expect(await project.data('version', 'show', 'students')).toMatchObject({
    manifest: { versions: { plugins: { 'outsider-source-csv': '1.0.0', 'outsider-validator-rules': '1.0.0' } } },
  });
});

test('a plugin that is unlinked is gone, and what it provided is missed by name', async () => {
  const project = await createProject();
  await link(project, 'outsider-source-csv');
  const { exitCode, stderr } = await project.run('plugins', 'unlink', 'outsider-source-csv');
  expect(exitCode, stderr).toBe(0);
  await project.write({ 'snapkeep.config.yaml': CONFIG, 'rules.json': RULES });
  expect(await project.failure('export', 'students', '--no-version', '--no-validate')).toMatchObject({
    code: 'SNAPKEEP_CAPABILITY_UNKNOWN',
    exitCode: 2,
    message: expect.stringContaining('csv'),
  });
});

test('a folder that is no plugin is refused', async () => {
  const project = await createProject({ init: false });
  const failure = await project.failure('plugins', 'link', project.home, '--no-install');
  expect(failure).toMatchObject({ code: 'SNAPKEEP_PLUGIN_INVALID', exitCode: 2 });
});

test('a stranger’s keyword looks foreign keys up in a set, in documents too; without the plugin it is an unknown keyword', async () => {
  const project = await createProject({
    sql: `CREATE TABLE visits (id int PRIMARY KEY, customer text, path jsonb);
      INSERT INTO visits SELECT i, 'c' || i % 4, '{"via": ["c1", "c2"]}' FROM generate_series(1, 8) AS i;
      UPDATE visits SET path = '{"via": ["c1", "c9"]}' WHERE id = 5`,
    datasets: { visits: { table: 'visits', schema: 'visits.json', onInvalid: 'quarantine' } },
  });
  const listed = { type: 'string', listedIn: 'customers.txt' };
  await project.write({
    'visits.json': { properties: { customer: listed, path: { properties: { via: { items: listed } } } } },
    'customers.txt': 'c1\nc2\nc3\n',
  });
  const unknown = await project.failure('schema', 'check', 'visits');
  expect(unknown).toMatchObject({ code: 'SNAPKEEP_SCHEMA_INVALID', exitCode: 2 });
  expect(unknown.message).toMatch(/^visits\.json:\d+:\d+: .*unknown keyword "listedIn"/);

  await link(project, 'outsider-keyword-listed-in');
  await project.data('schema', 'check', 'visits');
  expect(await project.data('export', 'visits')).toMatchObject({
    rows: 5,
    causes: [
      { column: 'customer', keyword: 'listedIn', message: 'must be listed in customers.txt', rows: 2 },
      { pointer: '/path/via/1', examples: [{ key: { id: '5' }, value: '"c9"' }] },
    ],
  });
  await project.write({ 'customers.txt': 'c0\nc1\nc2\nc3\nc9\n' });
  expect(await project.data('quarantine', 'replay', 'visits')).toMatchObject({ passes: { rows: 3, changed: 0 } });

  await project.write({ 'visits.json': { properties: { customer: { listedIn: 'nowhere.txt' } } } });
  const missing = await project.failure('schema', 'check', 'visits');
  expect(missing.message).toMatch(/^visits\.json:\d+:\d+: .*nowhere\.txt/);
});
