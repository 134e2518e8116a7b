import path from 'node:path';
import { expect, test } from 'vitest';
import { duckdb, parquetOf } from './support/parquet.ts';
import { createProject } from './support/project.ts';
import { expectAgreement } from './support/state.ts';

/** One kind of value: PostgreSQL's type, values as its literals, the file's type, and the file's value as the server's text. */
interface Kind {
  readonly type: string;
  readonly values: readonly string[];
  readonly file: string;
  /** SQL over the file's column `v`; absent: its text. */
  readonly text?: string;
  /** SQL over the server's column `v`; absent: its text. */
  readonly server?: string;
}

/** DuckDB writes floats and eras otherwise than the server; the values are compared, not the spelling. */
function floatText(type: string): string {
  return `CASE WHEN isnan(v) THEN 'NaN' WHEN isinf(v) THEN CASE WHEN v > 0 THEN 'Infinity' ELSE '-Infinity' END ELSE v::${type}::VARCHAR END`;
}
const ERA_TEXT = `regexp_replace(v::VARCHAR, '^(\\S+) \\(BC\\)(.*)$', '\\1\\2 BC')`;

/** A cast to text is not what the server prints for every type. */
const AS_PRINTED = `CASE WHEN v IS NOT NULL THEN format('%s', v) END`;

const KINDS: Readonly<Record<string, Kind>> = {
  boolean: { type: 'boolean', values: ['true', 'false'], file: 'BOOLEAN' },
  int2: { type: 'int2', values: ['-32768', '32767'], file: 'SMALLINT' },
  int4: { type: 'int4', values: ['-2147483648', '2147483647'], file: 'INTEGER' },
  int8: { type: 'int8', values: ['-9223372036854775808', '9007199254740993', '9223372036854775807'], file: 'BIGINT' },
  float4: {
    type: 'float4',
    values: ['1.1', '-0', '3.4028235e38', '1e-45', 'NaN', 'Infinity', '-Infinity'],
    file: 'FLOAT',
    text: floatText('REAL'),
  },
  float8: {
    type: 'float8',
    values: ['0.1', '-0', '1.7976931348623157e308', '5e-324', 'NaN', 'Infinity', '-Infinity'],
    file: 'DOUBLE',
    text: floatText('DOUBLE'),
  },
  decimal: {
    type: 'numeric(38,10)',
    values: ['1234567890123456789012345678.0123456789', '-0.0000000001', '0'],
    file: 'DECIMAL(38,10)',
  },
  numeric: {
    type: 'numeric',
    values: ['1.10', '123456789012345678901234567890123456789012345.6', '-0.00'],
    file: 'VARCHAR',
  },
  text: {
    type: 'text',
    values: ['', ' ', 'NULL', '\\N', '"', ',', 'a\nb\r\n', 'é🦆', "'", '\t\u0001'],
    file: 'VARCHAR',
  },
  varchar: { type: 'varchar(5)', values: ['', '🦆🦆🦆🦆🦆'], file: 'VARCHAR' },
  char: { type: 'char(5)', values: ['ab', ''], file: 'VARCHAR', server: AS_PRINTED },
  uuid: {
    type: 'uuid',
    values: ['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-eeee-4ddd-8ccc-bbbbbbbbbbbb'],
    file: 'UUID',
  },
  json: { type: 'json', values: ['{"b": 1, "a":  2, "b": 3}', '12345678901234567890.10', 'null', '"x"'], file: 'JSON' },
  jsonb: {
    type: 'jsonb',
    values: ['{"n": 9007199254740993, "m": 1e400}', '[]', '"\\u00e9\\ud83e\\udd86"'],
    file: 'JSON',
  },
  bytea: { type: 'bytea', values: ['\\x', '\\x00ff0a', '\\xdeadbeef'], file: 'BLOB', text: `'\\x' || lower(hex(v))` },
  date: {
    type: 'date',
    values: ['2026-02-28', '0044-03-15 BC', '0001-01-01', '12345-06-07'],
    file: 'DATE',
    text: ERA_TEXT,
  },
  time: { type: 'time', values: ['00:00', '23:59:59.999999'], file: 'TIME' },
  timestamp: {
    type: 'timestamp',
    values: ['2026-01-01 00:00:00.123456', '0044-03-15 10:00 BC', '12345-06-07 08:09'],
    file: 'TIMESTAMP',
    text: ERA_TEXT,
  },
  timestamptz: {
    type: 'timestamptz',
    values: ['2026-03-29 02:30+02', '1900-01-01 00:00:00.000001+00', '0044-03-15 10:00+00 BC'],
    file: 'TIMESTAMP WITH TIME ZONE',
    text: ERA_TEXT,
  },
  interval: {
    type: 'interval',
    values: ['1 year -2 months 3 days -04:05:06.789', '0', '-00:00:00.000001'],
    file: 'STRUCT("months" INTEGER, "days" INTEGER, micros BIGINT)',
    text: `v.months || 'M' || v."days" || 'D' || v.micros`,
    server: `(extract(year from v) * 12 + extract(month from v))::int || 'M' || extract(day from v)::int || 'D' ||
      (extract(hour from v) * 3600000000 + extract(minute from v) * 60000000 + extract(microseconds from v))::bigint`,
  },
  array: {
    type: 'int[]',
    values: ['{}', '{1,NULL,3}'],
    file: 'INTEGER[]',
    text: 'to_json(v)::VARCHAR',
    server: 'to_json(v)::text',
  },
  texts: {
    type: 'text[]',
    values: ['{"a,b","\\"",NULL,"NULL",""}', '{}'],
    file: 'VARCHAR[]',
    text: 'to_json(v)::VARCHAR',
    server: 'to_json(v)::text',
  },
  range: {
    type: 'int4range',
    values: ['[1,5)', 'empty', '(,3]'],
    file: 'STRUCT(lower INTEGER, upper INTEGER, lower_inc BOOLEAN, upper_inc BOOLEAN, empty BOOLEAN)',
    text: 'to_json(v)::VARCHAR',
    server: `CASE WHEN v IS NOT NULL THEN '{"lower":' || coalesce(lower(v)::text, 'null') || ',"upper":' || coalesce(upper(v)::text, 'null') ||
      ',"lower_inc":' || lower_inc(v) || ',"upper_inc":' || upper_inc(v) || ',"empty":' || isempty(v) || '}' END`,
  },
  inet: { type: 'inet', values: ['192.168.0.1/24', '::1'], file: 'VARCHAR', server: AS_PRINTED },
  bit: { type: 'bit(3)', values: ['101'], file: 'VARCHAR' },
  xml: { type: 'xml', values: ['<a>1</a>'], file: 'VARCHAR' },
};

const literal = (value: string) => `'${value.replaceAll(`'`, `''`)}'`;

/** `1.7976931348623157e+308`, `1.7976931348623157E308`, `-0` and `-0.0` are one number each. */
const sameNumber = (text: string | null) =>
  text === null || Number.isNaN(Number(text)) ? text : String(Object.is(Number(text), -0) ? '-0' : Number(text));

test('every kind of value is in the file as the server has it', async () => {
  const names = Object.keys(KINDS);
  const project = await createProject({
    sql: [
      `SET TimeZone = 'UTC'`,
      ...Object.entries(KINDS).flatMap(([name, { type, values }]) => [
        `CREATE TABLE "t_${name}" (id int PRIMARY KEY, v ${type})`,
        `INSERT INTO "t_${name}" VALUES ${[...values.map(literal), 'NULL'].map((value, index) => `(${index}, ${value})`).join(', ')}`,
      ]),
      `CREATE TABLE kinds AS SELECT id, ${names.map((name) => `"t_${name}".v AS "${name}"`).join(', ')}
         FROM generate_series(0, 10) AS id ${names.map((name) => `LEFT JOIN "t_${name}" USING (id)`).join(' ')}`,
      'ALTER TABLE kinds ADD PRIMARY KEY (id)',
    ],
  });
  const { path: folder } = await project.data<{ path: string }>('export', 'kinds');
  const file = parquetOf(path.join(project.root, folder));
  const types = await duckdb(`DESCRIBE SELECT * FROM ${file}`);
  await project.database.run(`SET IntervalStyle = 'iso_8601'`);
  for (const [name, kind] of Object.entries(KINDS)) {
    expect(types.find(({ column_name: column }) => column === name)?.column_type, name).toBe(kind.file);
    const server = await project.database.run(
      `SELECT ${kind.server ?? 'v::text'} AS text FROM (SELECT id, "${name}" AS v FROM kinds) AS t ORDER BY id`,
    );
    const inFile = await duckdb(
      `SELECT ${kind.text ?? 'v::VARCHAR'} AS text FROM (SELECT id, "${name}" AS v FROM ${file}) ORDER BY id`,
    );
    const comparable = (text: unknown) => (name.startsWith('float') ? sameNumber(text as string | null) : text);
    expect(
      inFile.map(({ text }) => comparable(text)),
      name,
    ).toEqual(server.rows.map(({ text }) => comparable(text)));
  }
  expect(await project.data('export', 'kinds'), 'the same again').toMatchObject({ unchanged: true });
  await expectAgreement(project, 'kinds', 1);
});
