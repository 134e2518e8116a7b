import { quoteLiteral } from '@snapkeep/sdk';
import type { Random } from './random.ts';

/** A random type of PostgreSQL's and what makes values of it. */
export interface RandomType {
  readonly sql: string;
  /** Whether values of it can be compared with `=`; json can't. */
  readonly comparable: boolean;
  /** How values that can't be compared differ, where not by their text. */
  differs?(a: string, b: string): string;
  /** A SQL expression of this type; never NULL. */
  value(random: Random): string;
  /** An expression whose value no file can hold exactly; absent where there is none. */
  refused?(random: Random): string;
}

const TEXTS = [
  '',
  ' ',
  'a',
  'NULL',
  'null',
  '{}',
  '{a,b}',
  '(x,)',
  '"',
  '\\',
  "it's",
  ',',
  '\n',
  '\r\n',
  '\t',
  '🦆 é ü',
  '\u202e',
  '0',
  '-',
  'infinity',
  '%s',
  `x${'y'.repeat(300)}`,
] as const;

function literal(sql: string, values: readonly string[], refused?: readonly string[], comparable = true): RandomType {
  const of = (list: readonly string[]) => (random: Random) => `${quoteLiteral(random.pick(list))}::${sql}`;
  return { sql, comparable, value: of(values), ...(refused ? { refused: of(refused) } : {}) };
}

function numericText(random: Random, integer: number, scale: number): string {
  const sign = random.chance(0.5) ? '-' : '';
  const digits = random.digits(random.between(0, integer)) || '0';
  return `${sign}${digits}${scale > 0 ? `.${random.digits(scale)}` : ''}`;
}

const text: RandomType = {
  ...literal('text', TEXTS),
  value: (random) => quoteLiteral(random.pick(TEXTS)).concat('::text'),
};

const SCALARS: readonly ((random: Random) => RandomType)[] = [
  () => literal('boolean', ['t', 'f']),
  () => literal('smallint', ['0', '-32768', '32767']),
  () => literal('integer', ['0', '-2147483648', '2147483647']),
  () => literal('bigint', ['0', '-9223372036854775808', '9223372036854775807', '9007199254740993']),
  () => literal('real', ['0', '-0', '1e-45', '3.4028235e38', '0.1', 'NaN', 'Infinity', '-Infinity']),
  () =>
    literal('double precision', [
      '0',
      '-0',
      '5e-324',
      '1.7976931348623157e308',
      '0.1',
      '123456789.123456789',
      'NaN',
      'Infinity',
    ]),
  (random) => {
    const precision = random.between(1, 38);
    const scale = random.between(0, precision);
    const sql = `numeric(${precision},${scale})`;
    return {
      sql,
      comparable: true,
      value: (r) => `${quoteLiteral(numericText(r, precision - scale, scale))}::${sql}`,
      refused: () => `'NaN'::${sql}`,
    };
  },
  () => ({
    sql: 'numeric',
    comparable: true,
    value: (r) => `${quoteLiteral(numericText(r, r.between(0, 60), r.between(0, 30)))}::numeric`,
    refused: (r) => `${quoteLiteral(r.pick(['NaN', 'Infinity', '-Infinity']))}::numeric`,
  }),
  () => text,
  () => literal('varchar(10)', ['', 'abc', '🦆🦆🦆']),
  () => literal('char(5)', ['', 'ab', 'abcde']),
  () => literal('bytea', ['\\x', '\\x00', '\\xdeadbeef5c2200']),
  () => literal('uuid', ['00000000-0000-0000-0000-000000000000', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']),
  () =>
    literal(
      'date',
      ['2025-10-27', '0001-01-01', '0044-03-15 BC', '4713-01-01 BC', '12345-12-31', '1970-01-01'],
      ['infinity', '-infinity'],
    ),
  () => literal('time', ['00:00:00', '23:59:59.999999', '12:34:56.7'], ['24:00:00']),
  () =>
    literal(
      'timestamp',
      ['2025-10-27 10:00:00', '2025-10-27 10:00:00.000001', '0044-03-15 10:00:00.5 BC', '12345-01-01 00:00:00'],
      ['infinity', '-infinity'],
    ),
  () =>
    literal(
      'timestamptz',
      [
        '2025-10-27 10:00:00+02',
        '1969-12-31 23:59:59.999999+00',
        '0044-03-15 10:00:00+00 BC',
        '12345-01-01 00:00:00+00',
      ],
      ['infinity', '294276-12-31 23:59:59+00'],
    ),
  () => literal('timetz', ['10:00:00+02', '23:59:59.999999-15:59']),
  () =>
    literal('interval', [
      '0',
      '1 year 2 mons 3 days 04:05:06.789',
      '-1 year -2 mons +3 days -04:05:06.789',
      '-00:00:00.000001',
      '178000000 years',
      '100000 hours',
    ]),
  () =>
    literal(
      'json',
      ['{}', '{"a": 1, "a": 2}', '[1e400, 12345678901234567890]', '"x"', 'null', '{"s":"\\u00e9 \\" \\\\"}'],
      undefined,
      false,
    ),
  () => literal('jsonb', ['{"b": 1, "a": [1, 2.50, null]}', '12345678901234567890.10', '"🦆"', 'null']),
  () => literal('inet', ['192.168.0.1/24', '::1', '10.0.0.0/8']),
  () => literal('bit varying(8)', ['', '101', '11111111']),
  () => literal('money', ['0', '-12.34', '1234567.89', '92233720368547758.07', '-92233720368547758.08']),
  () => literal('mood', ['happy', 'so so', 'it\'s "ok"', '']),
  () => literal('positive', ['1', '99']),
  () => literal('point', ['(1,2)', '(-0.5,1e10)'], undefined, false),
  () => literal('tsvector', ["'a':1 'b':2", '']),
];

function ordered(sql: string, element: string, bounds: readonly string[], refused?: readonly string[]): RandomType {
  const range = (low: string, high: string, flags: string) => `${sql}(${low}, ${high}, '${flags}')`;
  const bound = (value: string | undefined) => (value === undefined ? 'NULL' : `${quoteLiteral(value)}::${element}`);
  return {
    sql,
    comparable: true,
    value: (random) => {
      if (random.chance(0.1)) return `'empty'::${sql}`;
      const low = random.between(0, bounds.length - 2);
      const high = random.between(low + 1, bounds.length - 1);
      return range(
        bound(random.chance(0.2) ? undefined : bounds[low]),
        bound(random.chance(0.2) ? undefined : bounds[high]),
        random.pick(['[)', '[]', '(]', '()']),
      );
    },
    ...(refused ? { refused: (random) => range('NULL', bound(random.pick(refused)), '[)') } : {}),
  };
}

const RANGES: readonly RandomType[] = [
  ordered('int4range', 'integer', ['-5', '0', '7', '2000000000']),
  ordered('numrange', 'numeric', ['-1.5', '0.001', '3', '1e30']),
  ordered(
    'tstzrange',
    'timestamptz',
    ['2025-01-01 00:00:00+00', '2025-01-01 00:00:00.5+00', '2026-01-01 00:00:00+00'],
    ['infinity'],
  ),
  ordered('daterange', 'date', ['0044-03-15 BC', '2025-01-01', '2025-02-01'], ['infinity']),
];

function multirange(range: RandomType): RandomType {
  const sql = range.sql.replace('range', 'multirange');
  return {
    sql,
    comparable: true,
    value: (random) => `${sql}(${Array.from({ length: random.between(0, 3) }, () => range.value(random)).join(', ')})`,
  };
}

function orNull(type: RandomType, random: Random): string {
  return random.chance(0.2) ? `NULL::${type.sql}` : type.value(random);
}

/** SQL: true where two values of a type are not the same. */
export function differ(type: RandomType, a: string, b: string): string {
  if (type.comparable) return `${a} IS DISTINCT FROM ${b}`;
  return type.differs?.(a, b) ?? `${a}::text IS DISTINCT FROM ${b}::text`;
}

let aliases = 0;

/** Of so many dimensions in every value, which are not always those that are declared: PostgreSQL doesn't mind. */
function array(element: RandomType, random: Random): RandomType {
  const dimensions = random.pick([1, 1, 1, 2, 3]);
  const sql = `${element.sql}${'[]'.repeat(random.pick([1, dimensions]))}`;
  const filled = (extents: readonly number[], item: () => string): string => {
    const [extent, ...inner] = extents;
    if (extent === undefined) return item();
    return `ARRAY[${Array.from({ length: extent }, () => filled(inner, item)).join(', ')}]`;
  };
  const of = (shape: Random, item: () => string) =>
    `${filled(
      Array.from({ length: dimensions }, () => shape.between(1, 4 - dimensions)),
      item,
    )}::${sql}`;
  const { refused } = element;
  return {
    sql,
    comparable: element.comparable,
    differs: (a, b) => {
      aliases += 1;
      const pair = `u${aliases}`;
      return `(array_dims(${a}) IS DISTINCT FROM array_dims(${b}) OR (${a} IS NULL) <> (${b} IS NULL) OR EXISTS (
        SELECT FROM (SELECT unnest(${a}) AS x, unnest(${b}) AS y) AS ${pair} WHERE ${differ(element, `${pair}.x`, `${pair}.y`)}))`;
    },
    value: (r) => (r.chance(0.2) ? `'{}'::${sql}` : of(r, () => orNull(element, r))),
    refused: (r) => (refused && r.chance(0.7) ? of(r, () => refused(r)) : `'[2:3]={NULL,NULL}'::${sql}`),
  };
}

/** Composite types have to be made first: `composites` collects the statements. */
function composite(fields: readonly RandomType[], composites: string[], prefix: string): RandomType {
  const sql = `${prefix}_composite_${composites.length}`;
  const names = ['plain', 'Upper', 'with "quotes"', 'sp ace', 'x,y'];
  const described = fields.map(
    (field, index) => `"${(names[index] ?? `f${index}`).replaceAll('"', '""')}" ${field.sql}`,
  );
  composites.push(`CREATE TYPE ${sql} AS (${described.join(', ')})`);
  const row = (values: readonly string[]) => `ROW(${values.join(', ')})::${sql}`;
  const refusable = fields.findIndex((field) => field.refused);
  return {
    sql,
    comparable: fields.every((field) => field.comparable),
    differs: (a, b) => {
      const parts = fields.map((field, index) => {
        const name = `"${(names[index] ?? `f${index}`).replaceAll('"', '""')}"`;
        return differ(field, `(${a}).${name}`, `(${b}).${name}`);
      });
      return `((${a}::text IS NULL) <> (${b}::text IS NULL) OR ${parts.join(' OR ')})`;
    },
    value: (random) => row(fields.map((field) => orNull(field, random))),
    ...(refusable < 0
      ? {}
      : {
          refused: (random) =>
            row(
              fields.map((field, index) =>
                index === refusable && field.refused ? field.refused(random) : orNull(field, random),
              ),
            ),
        }),
  };
}

/** A random type, up to `depth` levels of nesting; an array has no array as element. */
export function randomType(
  random: Random,
  composites: string[],
  prefix: string,
  depth = 2,
  isElement = false,
): RandomType {
  const roll = random.next();
  if (depth > 0 && !isElement && roll < 0.18) {
    return array(randomType(random, composites, prefix, depth - 1, true), random);
  }
  if (depth > 0 && roll < 0.3) {
    return composite(
      Array.from({ length: random.between(1, 4) }, () => randomType(random, composites, prefix, depth - 1)),
      composites,
      prefix,
    );
  }
  if (depth > 0 && roll < 0.4) {
    const range = random.pick(RANGES);
    return random.chance(0.3) ? multirange(range) : range;
  }
  return random.pick(SCALARS)(random);
}

/** Types that the random ones refer to. */
export const PRELUDE = [
  `CREATE TYPE mood AS ENUM ('happy', 'so so', 'it''s "ok"', '')`,
  'CREATE DOMAIN positive AS integer CHECK (VALUE > 0)',
];
