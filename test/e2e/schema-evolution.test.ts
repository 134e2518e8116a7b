import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliProject, createCliProject } from '../support/cli-project.ts';

let project: CliProject;
beforeAll(async () => {
  project = await createCliProject({
    config: {
      datasets: { item: { table: 'item', schema: 'item.json', compatibility: 'forward' } },
      capabilities: { versionStore: ['git'] },
    },
  });
  await project.database.run(`CREATE TABLE item (id int PRIMARY KEY, kind text NOT NULL, price numeric);
    INSERT INTO item VALUES (1, 'a', 1.50), (2, 'b', NULL)`);
  await project.json('schema', 'infer', 'item', '-o', join(project.root, 'item.json'));
});
afterAll(() => project.dispose());

async function change(edit: (properties: Record<string, Record<string, unknown>>) => void): Promise<void> {
  const schema = JSON.parse(await readFile(join(project.root, 'item.json'), 'utf8'));
  edit(schema.properties);
  await writeFile(join(project.root, 'item.json'), JSON.stringify(schema, null, 2));
}

test('an export that would break its readers stops with 3, and goes through with --allow-breaking', async () => {
  expect((await project.json('export', 'item')).data).toMatchObject({ version: 1 });
  expect((await project.json('schema', 'diff', 'item')).data).toMatchObject({
    from: 'item v1',
    to: 'public.item now with item.json',
    compatibility: 'full',
    required: 'forward',
    changes: [],
  });
  await change(({ kind }) => Object.assign(kind ?? {}, { enum: ['a', 'b'] }));
  await project.database.run(`INSERT INTO item VALUES (3, 'a', 2)`);
  expect((await project.json('export', 'item')).data).toMatchObject({ version: 2 });

  await change(({ kind }) => Object.assign(kind ?? {}, { enum: ['a', 'b', 'c'] }));
  await project.database.run(`INSERT INTO item VALUES (4, 'c', 2)`);
  const refused = await project.json('export', 'item');
  expect(refused.error).toMatchObject({ code: 'SNAPKEEP_SCHEMA_INCOMPATIBLE', exitCode: 3 });
  expect(refused.error.message).toMatch(/kind: enum: .* – what was written for the old schema meets values/);
  const diff = await project.run('schema', 'diff', 'item', 'latest', 'item.json');
  expect([diff.exitCode, diff.stdout]).toEqual([3, expect.stringContaining('kind')]);
  expect((await project.json('export', 'item', '--allow-breaking')).data).toMatchObject({ version: 3 });
  expect((await project.json('schema', 'diff', 'item', 'v1', 'v3')).data).toMatchObject({ compatibility: 'forward' });
  expect((await project.json('schema', 'diff', 'item', 'v2', 'v3')).error.details).toMatchObject({
    compatibility: 'backward',
    satisfied: false,
    changes: [{ column: 'kind', forward: false, backward: true }],
  });
});

test('types that only the rows settle are compared once they are there', async () => {
  await project.database.run(`UPDATE item SET price = 'NaN' WHERE id = 2`);
  const refused = await project.json('export', 'item', '--on-inexact', 'price=double');
  expect(refused.error.message).toMatch(/price: DECIMAL\(\d+,\d+\) → DOUBLE/);
  expect((await project.json('version', 'list', 'item')).data).toMatchObject({ versions: { length: 3 } });
});

test('two files are compared without a dataset', async () => {
  await writeFile(join(project.root, 'old.json'), '{"properties": {"a": {"maximum": 5}}, "required": ["a"]}');
  await writeFile(join(project.root, 'new.json'), '{"properties": {"a": {"maximum": 4}}, "required": ["a"]}');
  const { error } = await project.json('schema', 'diff', 'old.json', 'new.json', '--require', 'backward');
  expect(error).toMatchObject({ exitCode: 3, details: { compatibility: 'forward', satisfied: false } });
  expect((await project.json('schema', 'diff', 'old.json')).error.code).toBe('SNAPKEEP_USAGE');
});

test('another key makes another version, though the rows are the same', async () => {
  const file = join(project.root, 'snapkeep.config.json');
  const config = JSON.parse(await readFile(file, 'utf8'));
  config.datasets.thing = { table: 'thing' };
  await writeFile(file, JSON.stringify(config));
  await project.database.run(`CREATE TABLE thing (id int PRIMARY KEY, code text NOT NULL);
    INSERT INTO thing VALUES (1, 'z'), (2, 'y')`);
  expect((await project.json('export', 'thing')).data).toMatchObject({ version: 1 });
  expect((await project.json('export', 'thing')).data).toMatchObject({ version: 1, unchanged: true });
  config.datasets.thing.key = ['code'];
  await writeFile(file, JSON.stringify(config));
  expect((await project.json('export', 'thing')).data).toMatchObject({
    version: 2,
    unchanged: false,
    warnings: ['the key is code now; in the last version it was id'],
  });
});
