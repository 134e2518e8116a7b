import { realpathSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { AnyRegistration, Keyword, Source, Validator } from '@snapkeep/sdk';
import {
  createTestContext,
  keywordConformance,
  sourceConformance,
  textColumn,
  validatorConformance,
} from '@snapkeep/sdk/conformance';
import { afterAll, describe, expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(path.join(tmpdir(), 'outsiders-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Copies a plugin out of the repository, beside nothing but the built SDK, and asks what it provides. */
async function bring(name: string): Promise<AnyRegistration> {
  const copy = path.join(folder, name);
  await cp(path.join(repository, 'test/fixtures', name), copy, { recursive: true });
  await mkdir(path.join(copy, 'node_modules/@snapkeep'), { recursive: true });
  await symlink(path.join(repository, 'plugins/sdk'), path.join(copy, 'node_modules/@snapkeep/sdk'));
  const { default: handler } = await import(pathToFileURL(path.join(copy, 'src/capabilities.js')).href);
  const [registration] = await handler({ context: createTestContext(), stores: [] });
  return registration;
}

const csv = await bring('outsider-source-csv');
const rules = await bring('outsider-validator-rules');
const listed = await bring('outsider-keyword-listed-in');
const source = (await csv.open()) as Source;
const validator = (await rules.open()) as Validator;
const keyword = (await listed.open()) as Keyword;

const data = path.join(folder, 'data');
await mkdir(data);
await writeFile(
  path.join(data, 'students.types.json'),
  JSON.stringify({
    key: ['id'],
    columns: { id: { kind: 'integer', bits: 64 }, joined: { kind: 'timestamp', utc: true } },
  }),
);
await writeFile(path.join(data, 'empty.csv'), 'a,b\n');
await writeFile(path.join(data, 'known.txt'), 'customer 1\r\n\ncustomer 2');

const rows = [
  ['1', 'Ada', '2025-01-01 10:00:00+00', 'one,\ntwo "three"'],
  ['2', null, '2025-02-01 10:00:00+00', ''],
  ['10', 'Bo', null, null],
  ['9007199254740993', 'Cy', '2025-03-01 10:00:00.5+00', 'x'],
  ['-5', "'; DROP", '2024-01-01 10:00:00+00', 'é🦆'],
];

test('each provides one capability of this contract', () => {
  expect(csv).toMatchObject({ kind: 'source', name: 'csv', apiVersion: 1 });
  expect(rules).toMatchObject({ kind: 'validator', name: 'rules', apiVersion: 1 });
  expect(listed).toMatchObject({ kind: 'keyword', name: 'listedIn', apiVersion: 1 });
});

describe('a stranger’s CSV files are a source', () => {
  const tests = sourceConformance({
    source,
    connection: { url: 'csv:./data' },
    context: { root: folder },
    known: { request: { tables: ['students'] }, columns: ['id', 'name', 'joined', 'note'], key: ['id'], rows },
    other: { request: { tables: ['empty'] }, columns: ['a', 'b'], key: [], rows: [] },
    filtered: {
      filters: [
        { column: 'id', op: '>=', value: '1' },
        { column: 'joined', op: '<', value: '2025-03-01T10:00:00.500001Z' },
        { column: 'joined', op: '>=', value: '2025-02-01T10:00:00.000000Z' },
      ],
      rows: rows.filter(([id]) => id === '2' || id === '9007199254740993'),
    },
    change: () => writeFile(path.join(data, 'students.csv'), 'id,name,joined,note\n99,Zed,,\n'),
  });
  for (const { name, run } of tests) {
    test(name, async () => {
      await writeStudents();
      await run();
    });
  }
});

/** Undoes what the conformance test changes. */
async function writeStudents(): Promise<void> {
  const quote = (value: string | null) => (value === null ? '' : `"${value.replaceAll('"', '""')}"`);
  const lines = rows.map((row) => row.map(quote).join(','));
  await writeFile(path.join(data, 'students.csv'), `id,name,joined,note\n${lines.join('\n')}\n`);
}

test('plain and quoted fields, both line endings and a missing last line break are read alike', async () => {
  const lines = ['a,b', '1,"x,""y"""', ',""', '2,'];
  const context = createTestContext({ root: folder });
  const request = { connection: { url: 'csv:data' }, relations: [{ tables: ['plain'] }], jobs: 1 };
  for (const text of [`${lines.join('\n')}\n`, lines.join('\n'), `${lines.join('\r\n')}\r\n`]) {
    await writeFile(path.join(data, 'plain.csv'), text);
    const session = await source.open(request, context);
    for await (const batch of session.rows({ relation: 0, filters: [] }, { batchRows: 10 }, context)) {
      expect(batch).toEqual([
        ['1', 'x,"y"'],
        [null, ''],
        ['2', null],
      ]);
    }
  }
  for (const broken of ['a,b\n1,"x', 'a,b\n1,"x"y', 'a,b\n1']) {
    await writeFile(path.join(data, 'plain.csv'), broken);
    await expect(source.open(request, context)).rejects.toMatchObject({ code: 'SNAPKEEP_SOURCE_FAILED' });
  }
});

describe('a stranger’s rules are a validator', () => {
  const tests = validatorConformance({
    validator,
    cases: [
      {
        name: 'rules',
        schema: {
          'x-rules': [
            { column: 'id', op: 'present' },
            { column: 'score', op: '>=', value: 0 },
            { column: 'level', op: 'in', value: ['LOW', 'HIGH'] },
          ],
        },
        columns: ['id', 'score', 'level'].map(textColumn),
        valid: [{ id: 1, score: 0, level: 'LOW' }, { id: 'x' }],
        invalid: [
          { row: { score: 1 }, column: 'id' },
          { row: { id: null }, column: 'id' },
          { row: { id: 1, score: -1 }, column: 'score' },
          { row: { id: 1, score: '1' }, column: 'score' },
          { row: { id: 1, level: 'some secret level' }, column: 'level' },
        ],
      },
      {
        name: 'a column called __proto__',
        schema: {
          'x-rules': [
            { column: '__proto__', op: '=', value: 1 },
            { column: '__proto__', op: 'present' },
          ],
        },
        columns: [textColumn('__proto__')],
        valid: [JSON.parse('{"__proto__":1}')],
        invalid: [
          { row: JSON.parse('{"__proto__":2}'), column: '__proto__' },
          { row: {}, column: '__proto__' },
        ],
      },
    ],
    badSchemas: [{}, { type: 'object', 'x-rules': [] }, { 'x-rules': [{ column: 'a', op: '~' }] }],
    manyErrors: {
      schema: { 'x-rules': Array.from({ length: 500 }, () => ({ column: 'a', op: '=', value: 1 })) },
      columns: [textColumn('a')],
      row: { a: 2 },
    },
  });
  for (const { name, run } of tests) test(name, run);
});

describe('a stranger’s keyword looks values up in a file', () => {
  const tests = keywordConformance({
    keyword,
    context: { root: realpathSync(folder) },
    cases: [
      { value: 'data/known.txt', valid: ['customer 1', 'customer 2'], invalid: ['customer 3', '', 'constructor'] },
    ],
    badValues: [1, null, 'data/none.txt', '../../etc/hosts'],
  });
  for (const { name, run } of tests) test(name, run);
});
