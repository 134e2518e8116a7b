import { quoteLiteral } from '@snapkeep/sdk';

/** One type of PostgreSQL's with the values that tell whether a tool holds it. */
export interface TypeCase {
  /** Lower case and underscores: part of names of tables, columns and types. */
  readonly name: string;
  readonly sql: string;
  /** As the server reads them; ordinary ones and extremes. */
  readonly values: readonly string[];
  /** Valid on the server, held by no Parquet type: snapkeep refuses them unless a policy stands in. */
  readonly refused?: readonly string[];
  /** Types that it needs, in this order. */
  readonly prelude?: readonly string[];
  /** The first `server_version_num` that has it; absent: all that snapkeep reads. */
  readonly since?: number;
  /** snapkeep holds each of the values, but not all in one column. */
  readonly mixed?: boolean;
  /** What it is, where its name alone doesn't say so. */
  readonly about?: string;
}

const TEXTS = [
  '',
  ' ',
  'a',
  'NULL',
  '\\N',
  '{}',
  '"',
  '\\',
  "it's",
  ',',
  'x\r\ny\t',
  'é🦆 \u202e',
  '\u0001',
  'infinity',
];
const FLOATS = ['0', '-0', '0.1', '1.5', 'NaN', 'Infinity', '-Infinity'];
const NINES = (count: number) => '9'.repeat(count);

/** What PostgreSQL calls its base types. */
export const SCALARS: readonly TypeCase[] = [
  { name: 'boolean', sql: 'boolean', values: ['t', 'f'] },
  { name: 'smallint', sql: 'smallint', values: ['0', '-32768', '32767'] },
  { name: 'integer', sql: 'integer', values: ['0', '-2147483648', '2147483647'] },
  {
    name: 'bigint',
    sql: 'bigint',
    values: ['0', '9007199254740993', '-9223372036854775808', '9223372036854775807'],
  },
  { name: 'real', sql: 'real', values: [...FLOATS, '1e-45', '3.4028235e38', '16777217'] },
  {
    name: 'double',
    sql: 'double precision',
    values: [...FLOATS, '5e-324', '1.7976931348623157e308', '123456789.123456789'],
  },
  { name: 'numeric_12_2', sql: 'numeric(12,2)', values: ['0.00', '0.10', '-0.01', '9999999999.99'], refused: ['NaN'] },
  {
    name: 'numeric_38_10',
    sql: 'numeric(38,10)',
    values: ['1.5000000000', `${NINES(28)}.${NINES(10)}`, '-0.0000000001', '12345678901234567890.1234567890'],
    refused: ['NaN'],
  },
  { name: 'numeric_38_38', sql: 'numeric(38,38)', values: ['0.1', `-0.${NINES(38)}`, `0.${'0'.repeat(37)}1`] },
  { name: 'numeric_50_5', sql: 'numeric(50,5)', values: ['1.50000', `${NINES(45)}.99999`], refused: ['NaN'] },
  { name: 'numeric_5_minus_2', sql: 'numeric(5,-2)', values: ['100', '-1234500', '9999900'], since: 150_000 },
  {
    name: 'numeric',
    sql: 'numeric',
    values: ['0', '1.5', '0.1', '-123456789012345678.90123', '12345678901234567890.125'],
    refused: ['NaN', 'Infinity', '-Infinity'],
  },
  {
    name: 'numeric_wide',
    about: 'with values of any size',
    sql: 'numeric',
    values: ['1.10', `1${'0'.repeat(60)}.5`, '1e-30'],
  },
  { name: 'money', sql: 'money', values: ['0', '-12.34', '92233720368547758.07'] },
  { name: 'text', sql: 'text', values: TEXTS },
  { name: 'varchar', sql: 'varchar(10)', values: ['', 'abc', '🦆🦆🦆🦆🦆🦆🦆🦆🦆🦆'] },
  { name: 'char', sql: 'char(5)', values: ['', 'ab', 'abcde'] },
  { name: 'name', sql: 'name', values: ['pg_class', 'with "quotes"'] },
  { name: 'citext', sql: 'citext', values: ['Mixed Case', ''], prelude: ['CREATE EXTENSION IF NOT EXISTS citext'] },
  { name: 'bytea', sql: 'bytea', values: ['\\x', '\\x00', '\\xdeadbeef5c2200ff'] },
  {
    name: 'uuid',
    sql: 'uuid',
    values: ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  },
  {
    name: 'json',
    sql: 'json',
    values: [
      '{"b": 1,  "a": 2, "b": 3}',
      '[1e400, 12345678901234567890.10]',
      '"x"',
      'null',
      '{"s":"\\u00e9 \\" \\\\"}',
    ],
  },
  {
    name: 'jsonb',
    sql: 'jsonb',
    values: ['{"a": [1, 2.50, null], "b": 1}', '12345678901234567890.10', '"🦆"', 'null'],
  },
  {
    name: 'date',
    sql: 'date',
    values: ['2025-10-27', '1970-01-01', '1582-10-10', '0001-01-01', '0044-03-15 BC', '4713-01-01 BC', '12345-12-31'],
    refused: ['infinity', '-infinity'],
  },
  { name: 'time', sql: 'time', values: ['00:00:00', '12:34:56.7', '23:59:59.999999'], refused: ['24:00:00'] },
  { name: 'timetz', sql: 'timetz', values: ['10:00:00+02', '23:59:59.999999-15:59', '24:00:00+00'] },
  {
    name: 'timestamp',
    sql: 'timestamp',
    values: [
      '2025-10-27 10:00:00.123456',
      '1969-12-31 23:59:59.999999',
      '0044-03-15 10:00:00.5 BC',
      '12345-01-01 00:00:00',
    ],
    refused: ['infinity', '-infinity'],
  },
  {
    name: 'timestamptz',
    sql: 'timestamptz',
    values: [
      '2025-10-27 10:00:00.123456+02',
      '1969-12-31 23:59:59.999999+00',
      '0044-03-15 10:00:00+00 BC',
      '12345-01-01 00:00:00+00',
    ],
    refused: ['infinity', '-infinity', '294276-12-31 23:59:59+00'],
  },
  {
    name: 'interval',
    sql: 'interval',
    values: [
      '0',
      '1 mon',
      '30 days',
      '720:00:00',
      '1 year 2 mons 3 days 04:05:06.789123',
      '-1 year -2 mons +3 days -04:05:06.789',
      '-00:00:00.000001',
      '178000000 years',
      '100000 hours',
    ],
    refused: ['infinity'],
  },
  {
    name: 'enum',
    about: 'an enum',
    sql: 'mood',
    values: ['happy', 'it\'s "ok", so so', ''],
    prelude: [`CREATE TYPE mood AS ENUM ('happy', 'it''s "ok", so so', '')`],
  },
  { name: 'oid', sql: 'oid', values: ['0', '4294967295'] },
  { name: 'inet', sql: 'inet', values: ['192.168.0.1/24', '192.168.0.1', '::1', '2001:db8::/32'] },
  { name: 'cidr', sql: 'cidr', values: ['10.0.0.0/8', '2001:db8::/32'] },
  { name: 'macaddr', sql: 'macaddr', values: ['08:00:2b:01:02:03'] },
  { name: 'macaddr8', sql: 'macaddr8', values: ['08:00:2b:01:02:03:04:05'] },
  { name: 'bit', sql: 'bit(3)', values: ['101', '000'] },
  { name: 'varbit', sql: 'bit varying(70)', values: ['', '0', '1'.repeat(70)] },
  { name: 'xml', sql: 'xml', values: ['<a>1</a>', '<a b="é"/>'] },
  { name: 'tsvector', sql: 'tsvector', values: ["'a':1 'b':2A,3", ''] },
  { name: 'tsquery', sql: 'tsquery', values: ["'a' & 'b' | !'c'"] },
  { name: 'point', sql: 'point', values: ['(1,2)', '(-0.5,1e+300)'] },
  { name: 'box', sql: 'box', values: ['(2,2),(1,1)'] },
  { name: 'path', sql: 'path', values: ['[(0,0),(1,1)]', '((0,0),(1,1))'] },
  { name: 'polygon', sql: 'polygon', values: ['((0,0),(1,0),(1,1))'] },
  { name: 'circle', sql: 'circle', values: ['<(1,2),3>'] },
  { name: 'pg_lsn', sql: 'pg_lsn', values: ['16/B374D848', 'FFFFFFFF/FFFFFFFF'] },
  {
    name: 'hstore',
    sql: 'hstore',
    values: ['"a"=>"1", "b"=>NULL', '', '"k \\"q\\""=>"=>,"'],
    prelude: ['CREATE EXTENSION IF NOT EXISTS hstore'],
  },
  {
    name: 'ltree',
    sql: 'ltree',
    values: ['Top.Science.Astronomy', ''],
    prelude: ['CREATE EXTENSION IF NOT EXISTS ltree'],
  },
];

/** What is made of other types. */
const NESTED: readonly TypeCase[] = [
  {
    name: 'array_int',
    sql: 'integer[]',
    values: ['{}', '{1,NULL,3}', '{NULL}'],
    refused: ['[2:3]={1,2}'],
  },
  { name: 'array_2d_undeclared', about: 'of two dimensions', sql: 'integer[]', values: ['{{1,2},{3,4}}', '{}'] },
  {
    name: 'array_mixed',
    about: 'of different dimensions',
    sql: 'integer[]',
    values: ['{1,2}', '{{1,2},{3,4}}'],
    mixed: true,
  },
  { name: 'array_bigint', sql: 'bigint[]', values: ['{9007199254740993,NULL}', '{}'] },
  { name: 'array_text', sql: 'text[]', values: ['{"a,b","\\"",NULL,"NULL",""}', '{}', '{"{}","\\\\"}'] },
  { name: 'array_2d', sql: 'integer[][]', values: ['{{1,2},{3,NULL}}', '{}'] },
  { name: 'array_numeric', sql: 'numeric[]', values: ['{0.1,12345678901234567890.5,NULL}', '{}'] },
  {
    name: 'array_timestamptz',
    sql: 'timestamptz[]',
    values: ['{"2025-10-27 10:00:00.123456+00",NULL}'],
    refused: ['{infinity}'],
  },
  { name: 'array_json', sql: 'jsonb[]', values: ['{"{\\"a\\": 1}",NULL,"null"}'] },
  {
    name: 'composite',
    about: 'a composite',
    sql: 'place',
    values: ['("a ""street"", 1",7,"{1,NULL}","2025-10-27 10:00:00+00")', '(,,,)', '("",0,{},)'],
    prelude: ['CREATE TYPE place AS (street text, "No" integer, tags integer[], seen timestamptz)'],
  },
  {
    name: 'composite_array',
    about: 'an array of composites',
    sql: 'place[]',
    values: ['{"(a,1,{},)",NULL,"(,,,)"}', '{}'],
  },
  {
    name: 'domain',
    about: 'a domain',
    sql: 'positive',
    values: ['1', '99'],
    prelude: ['CREATE DOMAIN positive AS integer CHECK (VALUE > 0)'],
  },
  {
    name: 'domain_array',
    about: 'a domain over an array',
    sql: 'tags',
    values: ['{a,NULL}', '{}'],
    prelude: ['CREATE DOMAIN tags AS text[] CHECK (cardinality(VALUE) < 10)'],
  },
  { name: 'int4range', sql: 'int4range', values: ['[1,5)', 'empty', '(,3)', '[7,)', '(,)'] },
  { name: 'int8range', sql: 'int8range', values: ['[9007199254740993,9223372036854775807)', 'empty'] },
  { name: 'numrange', sql: 'numrange', values: ['(0.1,1.50]', '[1e30,)', 'empty'] },
  {
    name: 'daterange',
    sql: 'daterange',
    values: ['[0044-03-15 BC,2025-01-01)', 'empty'],
    refused: ['[2025-01-01,infinity)'],
  },
  { name: 'tsrange', sql: 'tsrange', values: ['["2025-01-01 00:00:00","2025-01-01 00:00:00.000001"]', '(,)'] },
  {
    name: 'tstzrange',
    sql: 'tstzrange',
    values: ['["2025-01-01 00:00:00+00","2026-01-01 00:00:00+00")', 'empty'],
    refused: ['["2025-01-01 00:00:00+00",infinity)'],
  },
  { name: 'multirange', sql: 'int4multirange', values: ['{}', '{[1,3),[5,7)}', '{(,0)}'] },
];

/** Every case, alone in a table `case_<name>` with the columns `id` and `v`. */
export const CASES: readonly TypeCase[] = [...SCALARS, ...NESTED];

/** How a server that compares the two sees them: equal as values, and, where it matters, as they are printed. */
export function differs(sql: string, a: string, b: string): string {
  // numeric has many spellings of one value, and a range or array of it too.
  if (/^num/.test(sql)) return `${a} IS DISTINCT FROM ${b}`;
  // Not `=`: for which a month is thirty days, boxes of one area are equal, and trailing blanks are none.
  const text = (value: string) => `CASE WHEN ${value} IS DISTINCT FROM NULL THEN format('%s', ${value}) END`;
  return `${text(a)} IS DISTINCT FROM ${text(b)}`;
}

export function literal(sql: string, value: string | null): string {
  return value === null ? `NULL::${sql}` : `${quoteLiteral(value)}::${sql}`;
}
