import type { SourceCheck } from '@snapkeep/sdk';
import { type JsonSchema, type JsonValue, toJsonForm } from '@snapkeep/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf } from './support.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  client = await database.client();
  await client.query(`CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    CREATE DOMAIN short AS text CHECK (length(VALUE) <= 3);
    CREATE DOMAIN code AS short CHECK (VALUE ~ '^[A-Z]+$');
    CREATE DOMAIN filled AS text CHECK (VALUE IS NOT NULL)`);
});
afterAll(() => database.drop());

async function checksOf(table: string): Promise<readonly SourceCheck[]> {
  const session = await openSource().open(
    { connection: { url: database.url }, relations: [{ tables: [table] }], jobs: 1 },
    contextOf(),
  );
  try {
    const checks = (await session.checks?.(0, contextOf())) ?? [];
    await session.finish(contextOf());
    return checks;
  } finally {
    await session.close();
  }
}

/** Puts a row into a table without the condition, and reads it as a validator sees it. */
async function jsonRow(table: string, values: string): Promise<Record<string, JsonValue>> {
  await client.query(`TRUNCATE ${table}; INSERT INTO ${table} VALUES (${values})`);
  const session = await openSource().open(
    { connection: { url: database.url }, relations: [{ tables: [table] }], jobs: 1 },
    contextOf(),
  );
  try {
    const [row = []] = await allRows(session);
    const columns = session.relations[0]?.columns ?? [];
    return Object.fromEntries(
      columns.map(({ name, type }, index) => {
        const text = row[index] ?? null;
        return [name, text === null ? null : toJsonForm(type)(text)];
      }),
    );
  } finally {
    await session.close();
  }
}

async function serverTakes(values: string): Promise<boolean> {
  try {
    await client.query(`INSERT INTO checked VALUES (${values})`);
    return true;
  } catch (error) {
    expect((error as { code?: string }).code).toBe('23514');
    return false;
  }
}

/** Texts that JSON has for NaN and infinity are left to the column's own schema: infer puts the two together. */
const ajv = new Ajv2020({ strict: false });
const takes = (schema: JsonSchema, row: JsonValue) => ajv.validate(schema, row);

const TEXTS = [`''`, `'a'`, `'ab'`, `'AB'`, `'a.b'`, `E'a\\nb'`, `'x%y'`, `'💥'`, `'ä'`, `'a-b]'`, 'NULL'];
const NUMBERS = ['0', '1', '-1', '0.5', '100', '100.01', '99.99', 'NULL'];

test.each<[columns: string, condition: string, rows: readonly string[]]>([
  ['a int', 'a BETWEEN 0 AND 100', ['0', '100', '-1', '101', 'NULL']],
  ['a bigint', 'a > 5 AND a <> 7', ['5', '6', '7', '9223372036854775807', 'NULL']],
  ['a smallint NOT NULL', 'a IN (1, 2, 3)', ['1', '3', '4', '-32768']],
  ['a smallint', '0 < a', ['0', '1', 'NULL']],
  ['a numeric(12,2)', 'a > 0 AND a <= 100', NUMBERS],
  ['a numeric(12,2)', 'a = 99.99 OR a < 0', NUMBERS],
  ['a numeric', 'a >= 0.5', NUMBERS],
  ['a numeric', 'a > 0', [...NUMBERS, '1e-300']],
  ['a float8', 'a > 0.5 OR a IS NULL', [...NUMBERS, `'NaN'`, `'Infinity'`, `'-Infinity'`]],
  ['a float8', 'NOT (a > 0.5)', [...NUMBERS, `'NaN'`, `'Infinity'`, `'-Infinity'`]],
  ['a real', 'a >= 1', NUMBERS],
  ['a text', `a <> ''`, TEXTS],
  ['a text', `a = ANY (ARRAY['a', 'ab'])`, TEXTS],
  ['a varchar(9)', `a IN ('a', 'ab')`, TEXTS],
  ['a varchar(9)', `a NOT IN ('a', 'ab')`, TEXTS],
  ['a text', `a ~ '^[a-z.]+$'`, TEXTS],
  ['a text', `a ~ '^a.b$'`, TEXTS],
  ['a text', `a !~ 'b|x'`, TEXTS],
  ['a text', `a ~ '^(a|A)(b|B)?$'`, TEXTS],
  ['a text', `a ~ '^a[^a-c]b[\\]\\-]?$'`, TEXTS],
  ['a text', `a ~ '^.{1,3}$'`, TEXTS],
  ['a text', `a LIKE 'a%'`, TEXTS],
  ['a text', `a LIKE '%\\%_'`, TEXTS],
  ['a text', `a NOT LIKE '_'`, TEXTS],
  ['a text', 'length(a) >= 2', TEXTS],
  ['a text', 'char_length(a) = 1', TEXTS],
  ['a text, b int', `a IS NULL OR b > 0`, [`'a', 1`, `'a', 0`, `'a', NULL`, `NULL, 0`, `NULL, NULL`]],
  ['a text, b int', `a <> 'paid' OR b IS NOT NULL`, [`'paid', 1`, `'paid', NULL`, `'x', NULL`, `NULL, NULL`]],
  ['a text, b int', `NOT (a = 'x' AND b > 1)`, [`'x', 2`, `'x', 1`, `'x', NULL`, `'y', 2`, `NULL, 2`, `NULL, NULL`]],
  ['a text, b int', `(a IS NULL) = false OR b = 1`, [`'x', 2`, `NULL, 1`]],
  ['a boolean', 'a', ['true', 'false', 'NULL']],
  ['a boolean', 'NOT a', ['true', 'false', 'NULL']],
  ['a boolean', 'a IS TRUE', ['true', 'false', 'NULL']],
  ['a boolean', 'a IS NOT FALSE', ['true', 'false', 'NULL']],
  ['a mood', `a <> 'sad'`, [`'sad'`, `'ok'`, 'NULL']],
  ['a mood NOT NULL', `a IN ('sad', 'ok')`, [`'sad'`, `'happy'`]],
  ['a jsonb', `jsonb_typeof(a) = 'object'`, [`'{}'`, `'[]'`, `'1'`, 'NULL']],
  ['a json NOT NULL', `json_typeof(a) IN ('array', 'string')`, [`'{}'`, `'[]'`, `'"x"'`]],
  ['"a ""b" int', `"a ""b" > 0`, ['1', '0']],
])('the server and the schema agree: %s CHECK (%s)', async (columns, condition, rows) => {
  await client.query(`DROP TABLE IF EXISTS checked, free; CREATE TABLE free (${columns});
    CREATE TABLE checked (${columns}, CONSTRAINT c CHECK (${condition}))`);
  const [check] = await checksOf('checked');
  if (check?.schema === null) {
    expect(check.reason).toBe('it compares an expression');
    return;
  }
  for (const values of rows) {
    const row = await jsonRow('free', values);
    expect([values, takes(check?.schema ?? {}, row)]).toEqual([values, await serverTakes(values)]);
  }
});

test.each([
  ['a text, b text', 'a < b', 'one column with another'],
  ['a text', `a > 'm'`, 'the order of texts depends on the collation'],
  ['a text', `lower(a) = a`, 'one column with another'],
  ['a text', `lower(a) = 'x'`, 'it calls lower'],
  ['a text', `a ~ '\\d+'`, 'regular expression'],
  ['a text', `a ~ '(?i)abc'`, 'regular expression'],
  ['a text', `a ~ '[[:alpha:]]'`, 'regular expression'],
  ['a text', `a ~* 'abc'`, 'nothing like ~*'],
  ['a int', 'a IS DISTINCT FROM 5', 'it compares by IS DISTINCT FROM'],
  ['a text', `a COLLATE "C" = 'x'`, 'compares an expression'],
  ['a char(3)', `a = 'x'`, 'character by character'],
  ['a char(3)', `length(a) = 1`, 'the length of'],
  ['a date', `a > '2020-01-01'`, 'no comparison of values of type date'],
  ['a numeric', 'a > 1', 'may be rounded onto it'],
  ['a numeric', 'a = 1', 'may be rounded onto it'],
  ['a real', 'a > 0.1', 'may be rounded onto it'],
  ['a bigint', 'a < 9223372036854775807', 'may be rounded onto it'],
  ['a int', 'a % 2 = 0', 'compares an expression'],
  ['a jsonb', 'a IS NOT NULL', 'look the same'],
  ['a mood', `a > 'sad'`, 'labels'],
])(
  'what JSON Schema can’t say exactly is listed with the reason: %s CHECK (%s)',
  async (columns, condition, reason) => {
    await client.query(
      `DROP TABLE IF EXISTS checked; CREATE TABLE checked (${columns}, CONSTRAINT c CHECK (${condition}))`,
    );
    const [check] = await checksOf('checked');
    expect(check).toMatchObject({ name: 'c', schema: null, reason: expect.stringContaining(reason) });
    expect(check?.sql).not.toBe('');
  },
);

test('domains bring their conditions, those under them too; NULL stays a column’s own matter', async () => {
  await client.query('DROP TABLE IF EXISTS checked; CREATE TABLE checked (a code NOT NULL, b filled)');
  expect(await checksOf('checked')).toMatchObject([
    { name: 'code_check', columns: ['a'], schema: { properties: { a: { pattern: '^[A-Z]+$' } } } },
    { name: 'short_check', columns: ['a'], schema: { properties: { a: { maxLength: 3 } } } },
    { name: 'filled_check', columns: ['b'], schema: null, reason: expect.stringContaining('all the same') },
  ]);
});

test('a condition that older rows, child tables or nobody has to hold to is not said', async () => {
  await client.query(`CREATE TABLE late (a int); INSERT INTO late VALUES (-1);
    ALTER TABLE late ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
    CREATE TABLE parent (a int, CONSTRAINT c CHECK (a > 0) NO INHERIT); CREATE TABLE child () INHERITS (parent);
    CREATE TABLE lax (a int, CONSTRAINT c CHECK (a > 0) NOT ENFORCED)`);
  expect(await checksOf('late')).toMatchObject([{ schema: null, reason: expect.stringContaining('NOT VALID') }]);
  expect(await checksOf('parent')).toMatchObject([{ schema: null, reason: expect.stringContaining('NO INHERIT') }]);
  expect(await checksOf('lax')).toMatchObject([{ schema: null, reason: expect.stringContaining('not enforce') }]);
});
