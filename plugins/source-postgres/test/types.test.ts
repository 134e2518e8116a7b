import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestDatabase } from '../../../test/support/postgres.ts';
import { openSource } from '../src/index.ts';
import { allRows, contextOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
});
afterAll(() => database.drop());

async function openTable(table: string) {
  return openSource().open(
    { connection: { url: database.url }, relations: [{ tables: [table] }], jobs: 1 },
    contextOf(),
  );
}

/** Declared type → its meaning, a literal, and the text in which the value comes. */
const TYPES: readonly [string, unknown, string, string][] = [
  ['boolean', { kind: 'boolean' }, 'true', 't'],
  ['smallint', { kind: 'integer', bits: 16 }, '-32768', '-32768'],
  ['integer', { kind: 'integer', bits: 32 }, '2147483647', '2147483647'],
  ['bigint', { kind: 'integer', bits: 64 }, '9007199254740993', '9007199254740993'],
  ['oid', { kind: 'integer', bits: 64 }, '4294967295', '4294967295'],
  ['real', { kind: 'float', bits: 32 }, "'NaN'", 'NaN'],
  ['double precision', { kind: 'float', bits: 64 }, '0.1', '0.1'],
  ['numeric(12,2)', { kind: 'decimal', precision: 12, scale: 2 }, '1.5', '1.50'],
  ['numeric(38,38)', { kind: 'decimal', precision: 38, scale: 38 }, '0.1', `0.1${'0'.repeat(37)}`],
  ['numeric(39,2)', { kind: 'numeric' }, '1', '1.00'],
  ['numeric(5,-2)', { kind: 'numeric' }, '12345', '12300'],
  ['numeric(2,4)', { kind: 'numeric' }, '0.0012', '0.0012'],
  ['numeric', { kind: 'numeric' }, "'-Infinity'", '-Infinity'],
  ['text', { kind: 'string' }, "E'a\\nb'", 'a\nb'],
  ['character varying(20)', { kind: 'string', maxLength: 20 }, "'x'", 'x'],
  ['character varying', { kind: 'string' }, "'x'", 'x'],
  ['character(3)', { kind: 'string', maxLength: 3 }, "'x'", 'x  '],
  ['name', { kind: 'string' }, "'x'", 'x'],
  ['citext', { kind: 'string' }, "'X'", 'X'],
  ['mood', { kind: 'enum', labels: ['sad', "it's", 'fine'] }, "'fine'", 'fine'],
  ['uuid', { kind: 'uuid' }, "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['json', { kind: 'json' }, `'{"a": 1e400}'`, '{"a": 1e400}'],
  ['jsonb', { kind: 'json' }, `'{"a":9007199254740993}'`, '{"a": 9007199254740993}'],
  ['bytea', { kind: 'bytes' }, "'\\x00ff'", '\\x00ff'],
  ['date', { kind: 'date' }, "'0044-03-15 BC'", '0044-03-15 BC'],
  ['time without time zone', { kind: 'time' }, "'24:00'", '24:00:00'],
  ['time with time zone', { kind: 'opaque' }, "'10:00+02'", '10:00:00+02'],
  ['timestamp without time zone', { kind: 'timestamp', utc: false }, "'infinity'", 'infinity'],
  [
    'timestamp with time zone',
    { kind: 'timestamp', utc: true },
    "'2025-10-27 10:00:00.123456+02'",
    '2025-10-27 08:00:00.123456+00',
  ],
  ['interval', { kind: 'interval' }, "'1 year -2 days 3.5 s'", 'P1Y-2DT3.5S'],
  ['integer[]', { kind: 'list', of: { kind: 'integer', bits: 32 } }, "'{1,NULL}'", '{1,NULL}'],
  ['character varying(4)[]', { kind: 'list', of: { kind: 'string', maxLength: 4 } }, "'{a}'", '{a}'],
  [
    'pair',
    {
      kind: 'struct',
      fields: [
        { name: 'left', type: { kind: 'decimal', precision: 5, scale: 1 } },
        { name: 'right "x"', type: { kind: 'list', of: { kind: 'string' } } },
      ],
    },
    `ROW(1, '{"a b"}')`,
    '(1.0,"{""a b""}")',
  ],
  ['int4range', { kind: 'range', of: { kind: 'integer', bits: 32 }, multi: false }, "'(1,5]'", '[2,6)'],
  ['nummultirange', { kind: 'range', of: { kind: 'numeric' }, multi: true }, "'{[1,2]}'", '{[1,2]}'],
  ['short_code', { kind: 'string', maxLength: 5 }, "'ab'", 'ab'],
  ['money', { kind: 'decimal', precision: 19, scale: 2 }, "'-92233720368547758.08'", '-92233720368547758.08'],
  [
    'money[]',
    { kind: 'list', of: { kind: 'decimal', precision: 19, scale: 2 } },
    `'{"$1,234.5",NULL}'`,
    '{1234.50,NULL}',
  ],
  ['price', { kind: 'decimal', precision: 19, scale: 2 }, "'2'", '2.00'],
  ['price[]', { kind: 'list', of: { kind: 'decimal', precision: 19, scale: 2 } }, "'{2,3}'", '{2.00,3.00}'],
  ['prices', { kind: 'list', of: { kind: 'decimal', precision: 19, scale: 2 } }, "'{2,3}'", '{2.00,3.00}'],
  ['prices[]', { kind: 'list', of: { kind: 'opaque' } }, `ARRAY['{2}'::prices]`, '{"{$2.00}"}'],
  ['priced', { kind: 'struct', fields: [{ name: 'at', type: { kind: 'opaque' } }] }, 'ROW(3)', '($3.00)'],
  ['price_range', { kind: 'range', of: { kind: 'opaque' }, multi: false }, "price_range('1', NULL)", '[$1.00,)'],
  ['bit varying(8)', { kind: 'opaque' }, "B'101'", '101'],
  ['inet', { kind: 'opaque' }, "'10.0.0.1/8'", '10.0.0.1/8'],
  ['box[]', { kind: 'opaque' }, "'{(1,1),(0,0)}'", '{(1,1),(0,0)}'],
  ['int2vector', { kind: 'opaque' }, "'1 2'", '1 2'],
  ['xid', { kind: 'opaque' }, "'7'", '7'],
];

/** A scale below zero, or above the precision, can be declared since PostgreSQL 15. */
const SINCE_15 = ['numeric(5,-2)', 'numeric(2,4)'];

test('gives every type its meaning, and every value in the promised text', async () => {
  const version = await (await startPostgres()).version();
  const types = TYPES.filter(([type]) => version >= 150_000 || !SINCE_15.includes(type));
  await database.run(`
    CREATE EXTENSION IF NOT EXISTS citext;
    CREATE TYPE mood AS ENUM ('sad', 'fine'); ALTER TYPE mood ADD VALUE 'it''s' BEFORE 'fine';
    CREATE TYPE pair AS ("left" numeric(5,1), "right ""x""" text[]);
    CREATE DOMAIN code AS varchar(5) NOT NULL; CREATE DOMAIN short_code AS code CHECK (VALUE <> 'no');
    CREATE DOMAIN price AS money CHECK (VALUE > 0::money); CREATE DOMAIN prices AS price[];
    CREATE TYPE priced AS (at money); CREATE TYPE price_range AS RANGE (subtype = money);
    CREATE TABLE all_types (${types.map(([type], i) => `c${i} ${type}`).join(', ')});
    INSERT INTO all_types VALUES (${types.map(([, , value]) => value).join(', ')});`);
  const session = await openTable('all_types');
  try {
    const columns = session.relations[0]?.columns ?? [];
    expect(columns.map(({ sourceType, type }) => [sourceType, type])).toEqual(
      types.map(([name, type]) => [name, type]),
    );
    expect(columns.every((column) => column.nullable)).toBe(true);
    expect(await allRows(session)).toEqual([types.map(([, , , text]) => text)]);
    await session.finish(contextOf());
  } finally {
    await session.close();
  }
});
