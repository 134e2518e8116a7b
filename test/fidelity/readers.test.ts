import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoteIdentifier } from '@snapkeep/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layoutOf } from '../../src/pipeline/dataset.ts';
import { exportDataset } from '../../src/pipeline/export/export.ts';
import { startPostgres, type TestDatabase } from '../support/postgres.ts';
import { testRuntime } from '../support/runtime.ts';
import type { ReadColumn, ReadType } from './read-value.ts';
import { readByDuckdb } from './readers/duckdb.ts';
import { readByHyparquet } from './readers/hyparquet.ts';
import { readByPyarrow } from './readers/pyarrow.ts';
import { expectedOf, LOGICAL, signature } from './seen-types.ts';
import { COLUMNS, createWideTable, differences, ROWS } from './wide-table.ts';

let database: TestDatabase;
let root: string;
let file: string;

beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapkeep-readers-'));
  await createWideTable(database);
  const runtime = testRuntime(root, { url: database.url });
  const { snapshot, files } = await exportDataset(runtime, { name: 'wide', version: false });
  const layout = layoutOf(runtime, 'wide');
  file = layout.absolute(`${layout.snapshot(snapshot)}/${files[0]?.path}`);
}, 300_000);
afterAll(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

const READERS = {
  DuckDB: () => readByDuckdb(file),
  pyarrow: async () => {
    const [read] = await readByPyarrow([file]);
    return (read?.columns ?? []).map((column) => {
      if ('error' in column) throw new Error(`${column.name}: ${column.error}`);
      return column;
    });
  },
  hyparquet: () => readByHyparquet(file),
} as const;

describe.each(Object.keys(READERS) as (keyof typeof READERS)[])('%s', (reader) => {
  let read: readonly ReadColumn[];
  beforeAll(async () => {
    read = await READERS[reader]();
  }, 120_000);

  test('reads every column under its name, with a type that says what it is', () => {
    const expected = COLUMNS.map((column) => [column.name, expectedOf(column)]);
    // Arrow's times of day know no zone; the schema below shows what the file says.
    const seen = (type: ReadType) => signature(type).replaceAll(/\btime us\b(?! (?:utc|local))/g, 'time us local');
    expect(read.slice(1).map(({ name, type }) => [name, seen(type)])).toEqual(expected);
  });

  test('reads every value as the server has it', async () => {
    expect(read[0]?.values.length).toBe(ROWS);
    expect(await differences(database, read)).toEqual([]);
  }, 120_000);
});

test('a value that came back changed would be found, in a list too', async () => {
  const read = await readByDuckdb(file);
  const changed = read.map((column): ReadColumn => {
    if (column.name === 'bigint')
      return { ...column, values: column.values.map((v) => (v === '9007199254740993' ? '9007199254740992' : v)) };
    if (column.name === 'timestamptz in an array') return { ...column, values: [[], ...column.values.slice(1)] };
    return column;
  });
  expect(await differences(database, changed)).toMatchObject([
    { name: 'bigint', server: '9007199254740993', file: '9007199254740992' },
    { name: 'timestamptz in an array', file: '{}' },
  ]);
});

test('the Parquet schema says by its logical types what the values mean', async () => {
  const [read] = await readByPyarrow([file]);
  const found = (read?.schema ?? '')
    .split('\n')
    .map((line) => /^ {2}optional (.+) field_id=-1 (\w+)( \(.+\))?;$/.exec(line));
  const types = found.map((line) => [
    line?.[2],
    `${line?.[1]}${line?.[3] ?? ''}`.replace(/(timeUnit=\w+), [^()]*\)/, '$1)'),
  ]);
  expect(Object.fromEntries(types.filter(([name]) => name !== undefined && name in LOGICAL))).toEqual(LOGICAL);
});

test('columns, and fields, of any name are found under it', async () => {
  const names = ['a.b', 'with "quotes"', 'é🦆\n', '__proto__', 'constructor', 'list', 'x'.repeat(63)];
  const columns = names.map((name) => `${quoteIdentifier(name)} odd`);
  // Objects of JavaScript, which two of the readers make of structs, lose a field of that name.
  const fields = names.filter((name) => name !== '__proto__');
  await database.run(`CREATE TYPE odd AS (${fields.map((name) => `${quoteIdentifier(name)} integer`).join(', ')})`);
  await database.run(`CREATE TABLE odd_names (id integer PRIMARY KEY, ${columns.join(', ')})`);
  const row = `ROW(${fields.map((_, index) => index).join(', ')})::odd`;
  await database.run(`INSERT INTO odd_names VALUES (1, ${names.map(() => row).join(', ')})`);
  const runtime = testRuntime(root, { url: database.url });
  const { path, files } = await exportDataset(runtime, { name: 'odd_names', version: false });
  const odd = join(root, path, files[0]?.path ?? '');
  const values = [fields.map((_, index) => String(index))];
  const [pyarrow] = await readByPyarrow([odd]);
  for (const read of [await readByDuckdb(odd), pyarrow?.columns ?? [], await readByHyparquet(odd)]) {
    const found = read.slice(1).map((column) => column as ReadColumn);
    expect(found.map(({ name }) => name)).toEqual(names);
    for (const column of found) {
      expect(column.type.kind === 'struct' ? column.type.fields.map(({ name }) => name) : []).toEqual(fields);
      expect(column.values).toEqual(values);
    }
  }
});
