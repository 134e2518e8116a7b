import type { LogicalType } from '@snapkeep/sdk';
import { describe, expect, test } from 'vitest';
import { planColumn } from '../../src/engine/column-plan.ts';
import { column, outcomes, stage } from '../support/staged.ts';

/** What DuckDB holds for each text, or `refused`. */
async function held(type: LogicalType, texts: readonly (string | null)[]): Promise<unknown[]> {
  await using staged = await stage(
    [column('value', type)],
    texts.map((text) => [text]),
  );
  return await outcomes(staged);
}

const KEPT: readonly [string, LogicalType, readonly [string, string][]][] = [
  [
    'boolean',
    { kind: 'boolean' },
    [
      ['t', 'true'],
      ['f', 'false'],
    ],
  ],
  [
    'int2',
    { kind: 'integer', bits: 16 },
    [
      ['-32768', '-32768'],
      ['32767', '32767'],
    ],
  ],
  [
    'int8 beyond 2^53',
    { kind: 'integer', bits: 64 },
    [
      ['9007199254740993', '9007199254740993'],
      ['-9223372036854775808', '-9223372036854775808'],
    ],
  ],
  [
    'float8',
    { kind: 'float', bits: 64 },
    [
      ['0.1', '0.1'],
      ['NaN', 'nan'],
      ['-Infinity', '-inf'],
      ['5e-324', '5e-324'],
      ['-0', '-0.0'],
    ],
  ],
  [
    'float4',
    { kind: 'float', bits: 32 },
    [
      ['3.4028235e+38', '3.4028235e+38'],
      ['Infinity', 'inf'],
    ],
  ],
  [
    'numeric(38,10)',
    { kind: 'decimal', precision: 38, scale: 10 },
    [
      ['1234567890123456789012345678.0123456789', '1234567890123456789012345678.0123456789'],
      ['-0.5000000000', '-0.5000000000'],
    ],
  ],
  [
    'text',
    { kind: 'string' },
    [
      ['', ''],
      ['a\u0001b\u0001\u0001', 'a\u0001b\u0001\u0001'],
      ['a,"b"\n\r\n', 'a,"b"\n\r\n'],
      ['NULL', 'NULL'],
      ['🦆 é', '🦆 é'],
    ],
  ],
  ['uuid', { kind: 'uuid' }, [['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']]],
  [
    'json',
    { kind: 'json' },
    [
      ['{"n": 12345678901234567890123, "e": 1e400}', '{"n": 12345678901234567890123, "e": 1e400}'],
      ['"\\u0000"', '"\\u0000"'],
    ],
  ],
  [
    'date',
    { kind: 'date' },
    [
      ['2025-10-27', '2025-10-27'],
      ['0044-03-15 BC', '0044-03-15 (BC)'],
      ['12345-01-01', '12345-01-01'],
    ],
  ],
  [
    'time',
    { kind: 'time' },
    [
      ['10:00:00.123456', '10:00:00.123456'],
      ['23:59:59.999999', '23:59:59.999999'],
    ],
  ],
  [
    'timestamptz',
    { kind: 'timestamp', utc: true },
    [
      ['2025-10-27 10:00:00.123456+00', '2025-10-27 10:00:00.123456+00'],
      ['0044-03-15 10:00:00+00 BC', '0044-03-15 (BC) 10:00:00+00'],
    ],
  ],
  ['timestamp', { kind: 'timestamp', utc: false }, [['12345-10-27 10:00:00.000001', '12345-10-27 10:00:00.000001']]],
  [
    'bytea',
    { kind: 'bytes' },
    [
      ['\\x00ff41', '\\x00\\xFFA'],
      ['\\x', ''],
    ],
  ],
  [
    'list',
    { kind: 'list', of: { kind: 'string' } },
    [
      [`${'{a,NULL,"NULL","b, \\"c\\" \\\\","",{}'.slice(0, -3)}}`, "[a, NULL, 'NULL', 'b, \"c\" \\\\', '']"],
      ['{}', '[]'],
    ],
  ],
  [
    'list of lists',
    { kind: 'list', of: { kind: 'list', of: { kind: 'integer', bits: 32 } } },
    [['{{1,2},{3,NULL}}', '[[1, 2], [3, NULL]]']],
  ],
  [
    'struct',
    {
      kind: 'struct',
      fields: [
        { name: 'street "x"', type: { kind: 'string' } },
        { name: 'no', type: { kind: 'integer', bits: 16 } },
        { name: 'tags', type: { kind: 'list', of: { kind: 'string' } } },
      ],
    },
    [
      ['("a ""b"", (c)",7,"{x,""y z""}")', `{'street "x"': 'a "b", (c)', 'no': 7, 'tags': [x, y z]}`],
      ['("",,)', `{'street "x"': '', 'no': NULL, 'tags': NULL}`],
    ],
  ],
  [
    'range',
    { kind: 'range', of: { kind: 'timestamp', utc: true }, multi: false },
    [
      [
        '["2025-01-01 00:00:00+00",)',
        "{'lower': '2025-01-01 00:00:00+00', 'upper': NULL, 'lower_inc': true, 'upper_inc': false, 'empty': false}",
      ],
      ['empty', "{'lower': NULL, 'upper': NULL, 'lower_inc': false, 'upper_inc': false, 'empty': true}"],
    ],
  ],
  [
    'multirange',
    { kind: 'range', of: { kind: 'integer', bits: 32 }, multi: true },
    [
      [
        '{[1,3),[5,6)}',
        "[{'lower': 1, 'upper': 3, 'lower_inc': true, 'upper_inc': false, 'empty': false}, {'lower': 5, 'upper': 6, 'lower_inc': true, 'upper_inc': false, 'empty': false}]",
      ],
      ['{}', '[]'],
    ],
  ],
  [
    'interval',
    { kind: 'interval' },
    [
      ['P1Y2M3DT4H5M6.789S', "{'months': 14, 'days': 3, 'micros': 14706789000}"],
      ['P-1Y-2M3DT-4H-0.000001S', "{'months': -14, 'days': 3, 'micros': -14400000001}"],
      ['PT0S', "{'months': 0, 'days': 0, 'micros': 0}"],
    ],
  ],
];

describe('a value is held exactly', () => {
  test.each(KEPT)('%s', async (_, type, pairs) => {
    expect(
      await held(
        type,
        pairs.map(([text]) => text),
      ),
    ).toEqual(pairs.map(([, value]) => value));
  });

  test('NULL stays NULL and is no empty text, also as the only column', async () => {
    expect(await held({ kind: 'string' }, [null, '', null])).toEqual(['NULL', '', 'NULL']);
    expect(await held({ kind: 'integer', bits: 32 }, [null, '1'])).toEqual(['NULL', '1']);
  });
});

const REFUSED: readonly [string, LogicalType, readonly string[]][] = [
  ['numbers that are too large or no integers', { kind: 'integer', bits: 32 }, ['2147483648', '5.5', '1e3', '']],
  [
    'a numeric that is not finite or has more decimals',
    { kind: 'decimal', precision: 10, scale: 2 },
    ['NaN', 'Infinity', '1.005', '12345678901.00'],
  ],
  ['a float beyond its range', { kind: 'float', bits: 32 }, ['3.5e38']],
  ['dates that never come', { kind: 'date' }, ['infinity', '-infinity', '2025-02-30']],
  ['times beyond a day or finer than microseconds', { kind: 'time' }, ['24:00:00', '10:00:00.1234567']],
  [
    'moments that never come or don’t fit',
    { kind: 'timestamp', utc: true },
    ['infinity', '-infinity', '294276-12-31 23:59:59.999999+00', '2025-10-27 10:00:00.1234567+00'],
  ],
  ['what is no UUID', { kind: 'uuid' }, ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'x']],
  ['what is no document', { kind: 'json' }, ['{', 'nope']],
  [
    'arrays that no list holds',
    { kind: 'list', of: { kind: 'integer', bits: 32 } },
    ['{{1,2},{3}}', '[0:1]={1,2}', '{1,99999999999}', '{1'],
  ],
  [
    'a part that would change',
    { kind: 'struct', fields: [{ name: 'at', type: { kind: 'date' } }] },
    ['(infinity)', '(x)'],
  ],
  ['a bound that never comes', { kind: 'range', of: { kind: 'date' }, multi: false }, ['[2025-01-01,infinity)']],
  ['what is no hex', { kind: 'bytes' }, ['\\x0', 'abc']],
];

describe('a value that would change is refused', () => {
  test.each(REFUSED)('%s', async (_, type, texts) => {
    expect(await held(type, texts)).toEqual(texts.map(() => 'refused'));
  });
});

test('fields that differ in case only are refused, both named, at any depth, unless the column is kept as text', () => {
  const fields = ['a', 'B', 'A'].map((name) => ({ name, type: { kind: 'string' } as const }));
  const struct = { kind: 'struct', fields } as const;
  expect(() => planColumn(column('s', struct))).toThrow(/"s".*"a" and "A"/);
  expect(() => planColumn(column('s', { kind: 'list', of: struct }))).toThrow(/"a" and "A"/);
  expect(planColumn(column('s', struct), { kind: 'string' }).fileType).toBe('VARCHAR');
  const accents = {
    kind: 'struct',
    fields: ['é', 'É'].map((name) => ({ name, type: { kind: 'uuid' } as const })),
  } as const;
  expect(planColumn(column('s', accents)).fileType).toContain('STRUCT');
});

test('1,600 columns with hostile names arrive under their own names', async () => {
  const names = [
    '__proto__',
    'a"b',
    'line\nbreak',
    '🦆',
    ...Array.from({ length: 1596 }, (_, index) => `column ${index}`),
  ];
  await using staged = await stage(
    names.map((name) => column(name, { kind: 'integer', bits: 32 })),
    [names.map((_, index) => `${index}`)],
    ['__proto__'],
  );
  const described = await staged.staging.engine.rows('DESCRIBE snapshot');
  expect(described.map((row) => row.column_name)).toEqual(names);
});

test('a column with years before 1 or after 9999 is annotated, wherever in it they stand', async () => {
  const date = { kind: 'date' } as const;
  const types: readonly LogicalType[] = [
    date,
    { kind: 'timestamp', utc: false },
    { kind: 'timestamp', utc: true },
    { kind: 'list', of: { kind: 'list', of: date } },
    { kind: 'struct', fields: [{ name: "it's", type: { kind: 'list', of: date } }] },
    { kind: 'range', of: date, multi: true },
  ];
  const near = [
    '0001-01-01',
    '9999-12-31 23:59:59.999999',
    '0001-01-01 00:00:00+00',
    '{{0001-01-01,NULL},{NULL,9999-12-31}}',
    '({9999-12-31})',
    '{[0001-01-01,9999-12-31)}',
  ];
  const far = [
    '0001-12-31 BC',
    '10000-01-01 00:00:00',
    '0044-03-15 10:00:00+00 BC',
    '{{2026-01-01,10000-01-01},{NULL,NULL}}',
    '("{NULL,""0044-03-15 BC""}")',
    '{(,0001-01-01),[9999-12-31,10000-01-01)}',
  ];
  const columns = types.map((type, index) => column(`c${index}`, type));
  const fidelities = async (rows: readonly (readonly (string | null)[])[]) => {
    await using staged = await stage(columns, rows);
    return staged.staging.plan.columns.map(({ fidelity }) => fidelity);
  };
  expect(await fidelities([near, near.map(() => null)])).toEqual(near.map(() => 'exact'));
  expect(await fidelities([near, far, far.map(() => null)])).toEqual(far.map(() => 'annotated'));
  expect(await fidelities([])).toEqual(near.map(() => 'exact'));
});

test('a numeric of no declared size gets the smallest DECIMAL that holds every value, and its decimals', async () => {
  await using staged = await stage(
    [
      column('a', { kind: 'numeric' }),
      column('b', { kind: 'numeric' }),
      column('c', { kind: 'numeric' }),
      column('d', { kind: 'numeric' }),
    ],
    [
      ['1.50', '0.001', '1', null],
      ['-1234.25', '100', '1'.padEnd(39, '0'), null],
    ],
  );
  expect(staged.staging.plan.columns.map(({ fileType, fidelity }) => `${fileType} ${fidelity}`)).toEqual([
    'DECIMAL(6,2) exact',
    'DECIMAL(6,3) annotated',
    'VARCHAR annotated',
    'DECIMAL(1,0) exact',
  ]);
  const [, second] = await staged.staging.engine.rows('SELECT a::VARCHAR AS a, b::VARCHAR AS b, c FROM content');
  expect(second).toEqual({ a: '-1234.25', b: '100.000', c: '1'.padEnd(39, '0') });
});
