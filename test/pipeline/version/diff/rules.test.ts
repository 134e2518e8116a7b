import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openEngine } from '../../../../src/engine/engine.ts';
import { exportDataset } from '../../../../src/pipeline/export/export.ts';
import type { Runtime } from '../../../../src/pipeline/runtime.ts';
import { type DiffInput, diffVersions } from '../../../../src/pipeline/version/diff/diff.ts';
import { diffMarkdown } from '../../../../src/pipeline/version/diff/markdown.ts';
import { startPostgres } from '../../../support/postgres.ts';
import { testRuntime } from '../../../support/runtime.ts';

const database = await (await startPostgres()).createDatabase();
let root: string;
let runtime: Runtime;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'snapkeep-rules-'));
  runtime = testRuntime(root, { url: database.url });
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await database.run('DROP TABLE IF EXISTS things');
});
afterAll(() => database.drop());

/** Exports `things` before and after the change. */
async function twice(create: string, change: string): Promise<void> {
  await database.run(create);
  await exportDataset(runtime, { name: 'things' });
  await database.run(change);
  await exportDataset(runtime, { name: 'things', force: true });
}

const diff = (more: Partial<DiffInput> = {}) =>
  diffVersions(runtime, { name: 'things', from: 'v1', to: 'v2', ...more });

describe('values', () => {
  test('0 equals -0; json documents are equal whatever their order, white space and escapes, jsonb as the server writes it', async () => {
    await twice(
      `CREATE TABLE things (id int PRIMARY KEY, x float8, j json, b jsonb, l json[]);
       INSERT INTO things VALUES (1, '-0', '{"a": 1, "b": [1.0, "A"]}', '{"a": 1, "b": 2}', ARRAY['{"a": 1}'::json]), (2, 0, '{"a": 1}', '1.0', NULL), (3, 0, NULL, NULL, NULL)`,
      `UPDATE things SET x = 0, j = '{"b":[1.0,"\\u0041"],"a":1}', b = '{"b": 2, "a": 1}' WHERE id = 1;
       UPDATE things SET j = '{"a": 1.0}' WHERE id = 2; UPDATE things SET j = 'null' WHERE id = 3`,
    );
    expect(await diff({ rows: 5 })).toMatchObject({
      identical: false,
      rows: { added: 0, removed: 0, changed: 2, unchanged: 1 },
      columns: [{ name: 'j', changed: 2 }],
      samples: {
        changed: [
          { key: { id: 2 }, changes: [{ column: 'j', old: '{"a": 1}', new: '{"a": 1.0}' }] },
          { key: { id: 3 }, changes: [{ column: 'j', old: null, new: 'null' }] },
        ],
      },
    });
  });

  test('without a key documents are compared by what they say, too, and duplicates count', async () => {
    await twice(
      `CREATE TABLE things (j json, n int); INSERT INTO things VALUES ('{"a":1,"b":2}', 1), ('{"a":1,"b":2}', 1), ('{"c":1}', 1), (NULL, NULL)`,
      `UPDATE things SET j = '{"b": 2, "a": 1}' WHERE n = 1 AND j::text LIKE '%b%'; INSERT INTO things VALUES ('{"c": 1}', 1), (NULL, NULL), (NULL, NULL)`,
    );
    expect(await diff({ rows: 5 })).toMatchObject({
      key: null,
      rows: { added: 3, removed: 0, changed: 0, unchanged: 4 },
      samples: { added: expect.arrayContaining([{ key: {}, copies: 2, values: { j: null, n: null } }]) },
    });
  });

  test('numbers of other types are equal by value, text and number where the text says that number', async () => {
    await twice(
      `CREATE TABLE things (id int PRIMARY KEY, a int, b numeric(4,2), c float4, d int8, e numeric(38,0), f numeric(6,3), g date, h timestamp, i int[], k real);
       INSERT INTO things VALUES (1, 5, 1.50, 0.5, 9007199254740993, 99999999999999999999999999999999999999, 1.500, '2026-01-02', '2026-01-02 03:04:05', '{1,2}', 0.1),
         (2, 6, 2.50, 1.5, 1, 7, 2.250, '2026-01-03', '2026-01-02 00:00:00', '{3}', 'NaN')`,
      `ALTER TABLE things ALTER id TYPE bigint, ALTER a TYPE smallint, ALTER b TYPE float8, ALTER c TYPE float8, ALTER d TYPE float8,
         ALTER e TYPE numeric(38,10) USING (CASE WHEN id = 2 THEN e ELSE 1 END), ALTER f TYPE text, ALTER g TYPE timestamp, ALTER h TYPE timestamptz USING h AT TIME ZONE 'UTC', ALTER i TYPE bigint[], ALTER k TYPE float8;
       UPDATE things SET b = 2.25 WHERE id = 2`,
    );
    expect(await diff()).toMatchObject({
      key: ['id'],
      rows: { added: 0, removed: 0, changed: 2, unchanged: 0 },
      // b by the update; d as 2^53 + 1 is no double; e as it was replaced in the first row.
      columns: expect.toSatisfy(
        (columns: { name: string }[]) =>
          columns
            .map(({ name }) => name)
            .sort()
            .join() === 'b,d,e',
      ),
    });
    const { schema } = await diff();
    expect(Object.fromEntries(schema.map(({ column, rule }) => [column, rule]))).toEqual({
      id: 'type widened',
      a: 'type narrowed',
      b: 'type changed',
      c: 'type widened',
      d: 'type changed',
      e: 'type narrowed',
      f: 'type changed',
      g: 'type changed',
      h: 'type changed',
      i: 'type widened',
      k: 'type widened',
    });
  });

  test('nested values are compared part by part; a struct with another field is another value', async () => {
    await database.run('CREATE TYPE part AS (n int, t text); CREATE TYPE wider AS (n bigint, t text)');
    await twice(
      `CREATE TABLE things (id int PRIMARY KEY, p part, l text[], r int4range);
       INSERT INTO things VALUES (1, (1, 'a'), '{x,NULL}', '[1,5)'), (2, NULL, '{}', NULL), (3, (NULL, ''), NULL, 'empty')`,
      `ALTER TABLE things ALTER p TYPE wider USING p::text::wider; UPDATE things SET l = '{x}' WHERE id = 1; UPDATE things SET p = (NULL, NULL) WHERE id = 3`,
    );
    expect(await diff({ rows: 2 })).toMatchObject({
      rows: { changed: 2, unchanged: 1 },
      samples: {
        changed: [
          { key: { id: 1 }, changes: [{ column: 'l', old: ['x', null], new: ['x'] }] },
          { key: { id: 3 }, changes: [{ column: 'p', old: { n: null, t: '' }, new: { n: null, t: null } }] },
        ],
      },
    });
    await database.run('DROP TABLE things; DROP TYPE part, wider');
  });
});

describe('the key', () => {
  test('--key takes other columns, several with commas, NULL as a value; it must be unique and in both versions', async () => {
    await twice(
      `CREATE TABLE things (id int PRIMARY KEY, a text, "b,c" text); INSERT INTO things VALUES (1, 'x', NULL), (2, 'x', 'y'), (3, NULL, NULL)`,
      `UPDATE things SET id = id + 10; ALTER TABLE things ADD extra int`,
    );
    expect((await diff()).rows).toEqual({ added: 3, removed: 3, changed: 0, unchanged: 0 });
    const byOther = await diff({ key: ['a', 'b,c'], rows: 1 });
    expect(byOther).toMatchObject({
      key: ['a', 'b,c'],
      rows: { added: 0, removed: 0, changed: 3, unchanged: 0 },
      columns: [{ name: 'id', changed: 3 }],
    });
    await expect(diff({ key: ['a'] })).rejects.toMatchObject({
      code: 'SNAPKEEP_KEY_NOT_UNIQUE',
      message: expect.stringContaining('a is no key of v1: 2 rows have a = x'),
    });
    await expect(diff({ key: ['a,extra'] })).rejects.toMatchObject({
      code: 'SNAPKEEP_COLUMN_UNKNOWN',
      message: 'the key for v1 names the column "extra", which is not there',
    });
  });

  test('names like SQL, like ours, in other alphabets', async () => {
    await twice(
      `CREATE TABLE things ("there" int, "k0" text, "c0""); DROP TABLE x; --" int, "kind" text, "old_kind" text, "new_kind" text, s text, "__proto__" int, "v0" int, "😀
line" int, PRIMARY KEY ("there", "k0"));
       INSERT INTO things VALUES (1, 'a', 1, 'k', 'o', 'n', 's', 1, 1, 1), (2, 'b', 1, 'k', 'o', 'n', 's', 1, 1, 1), (4, 'b', 1, 'k', 'o', 'n', 's', 1, 1, 1)`,
      `UPDATE things SET "c0""); DROP TABLE x; --" = 2, "__proto__" = 2, kind = '| <b>''' WHERE "there" = 1; UPDATE things SET "there" = 3 WHERE "there" = 2`,
    );
    const output = join(root, "it's.parquet");
    const result = await diff({ rows: 3, output });
    expect(result).toMatchObject({ rows: { added: 1, removed: 1, changed: 1, unchanged: 1 }, output });
    expect(JSON.parse(JSON.stringify(result.samples)).changed[0].changes).toEqual([
      { column: 'c0"); DROP TABLE x; --', old: 1, new: 2 },
      { column: 'kind', old: 'k', new: "| <b>'" },
      { column: '__proto__', old: 1, new: 2 },
    ]);
    expect(JSON.stringify(result.samples?.added[0]?.values)).toContain('"__proto__":1');
    const markdown = diffMarkdown(result);
    expect(markdown).not.toContain('<b>');
    expect(markdown.split('\n').filter((line) => line.startsWith('| `1` | `b`')).length).toBe(0);
    const engine = await openEngine();
    const rows = await engine.rows(
      `SELECT kind, changed, key_there, key_k0, old_kind, old_old_kind, new_kind FROM '${output.replaceAll("'", "''")}' ORDER BY key_there`,
    );
    expect(rows).toEqual([
      {
        kind: 'changed',
        changed: ['c0"); DROP TABLE x; --', 'kind', '__proto__'],
        key_there: 1,
        key_k0: 'a',
        old_kind: 'k',
        old_old_kind: 'o',
        new_kind: "| <b>'",
      },
      { kind: 'removed', changed: null, key_there: 2, key_k0: 'b', old_kind: 'k', old_old_kind: 'o', new_kind: null },
      { kind: 'added', changed: null, key_there: 3, key_k0: 'b', old_kind: null, old_old_kind: null, new_kind: 'k' },
    ]);
    await diff({ output: join(root, 'all.json') });
    const objects = JSON.parse(await readFile(join(root, 'all.json'), 'utf8')) as Record<string, unknown>[];
    expect(objects).toHaveLength(3);
    expect(objects.find(({ kind }) => kind === 'changed')).toMatchObject({
      key_there: 1,
      old___proto__: 1,
      new___proto__: 2,
    });
    await diff({ output: join(root, 'all.csv') });
    const csv = await readFile(join(root, 'all.csv'), 'utf8');
    const read = await engine.rows(`SELECT kind, key_k0 FROM read_csv('${join(root, 'all.csv')}') ORDER BY kind`);
    expect(csv.startsWith('kind,copies,changed,key_there,key_k0,')).toBe(true);
    expect(read).toEqual(
      ['added', 'changed', 'removed'].map((kind) => ({ kind, key_k0: kind === 'changed' ? 'a' : 'b' })),
    );
    await expect(diff({ output: join(root, 'all.md') })).rejects.toMatchObject({ code: 'SNAPKEEP_USAGE' });
    engine.close();
  });
});

describe('the same content', () => {
  test('is not read at all: bytes that are gone are not missed, the table of differences is empty', async () => {
    await twice('CREATE TABLE things (id int PRIMARY KEY, t text); INSERT INTO things VALUES (1), (2)', 'SELECT 1');
    const [first] = (await readFile(join(root, 'data/things/versions.ndjson'), 'utf8')).split('\n');
    await rm(join(root, 'data/things', JSON.parse(first ?? '').snapshot), { recursive: true });
    expect(await diff()).toMatchObject({ identical: true, rows: { added: 0, changed: 0, unchanged: 2 }, schema: [] });
    const output = join(root, 'none.parquet');
    expect(await diff({ output, rows: 3 })).toMatchObject({ samples: { added: [], removed: [], changed: [] } });
    const engine = await openEngine();
    const described = await engine.rows(`DESCRIBE SELECT * FROM '${output}'`);
    expect(described.map(({ column_name, column_type }) => `${column_name} ${column_type}`)).toEqual([
      'kind VARCHAR',
      'copies BIGINT',
      'changed VARCHAR[]',
      'key_id INTEGER',
      'old_t VARCHAR',
      'new_t VARCHAR',
    ]);
    engine.close();
  });
});

test('the file of differences is not written over another one, nor among the snapshots, nor by halves', async () => {
  await twice(
    'CREATE TABLE things (id int PRIMARY KEY); INSERT INTO things VALUES (1)',
    'INSERT INTO things VALUES (2)',
  );
  const output = join(root, 'kept.parquet');
  await writeFile(output, 'mine');
  await expect(diff({ output })).rejects.toMatchObject({ code: 'SNAPKEEP_USAGE' });
  expect(await readFile(output, 'utf8')).toBe('mine');
  await expect(diff({ output: join(root, 'data', 'x.parquet') })).rejects.toMatchObject({
    code: 'SNAPKEEP_PATH_UNSAFE',
  });
  await expect(diff({ output, force: true, key: ['nothing'] })).rejects.toMatchObject({
    code: 'SNAPKEEP_COLUMN_UNKNOWN',
  });
  expect(await readFile(output, 'utf8')).toBe('mine');
  await diff({ output, force: true });
  const engine = await openEngine();
  expect(await engine.rows(`SELECT kind, key_id FROM '${output}'`)).toEqual([{ kind: 'added', key_id: 2 }]);
  const [about] = await engine.rows(
    `SELECT decode(value) AS v FROM parquet_kv_metadata('${output}') WHERE decode(key) = 'snapkeep.to'`,
  );
  expect(JSON.parse(String(about?.v))).toMatchObject({ version: 2, rows: 2 });
  engine.close();
});
