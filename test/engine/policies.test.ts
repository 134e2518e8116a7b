import { type InexactPolicy, type LogicalType, parseInexactPolicy } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { sourceText } from '../../src/engine/source-text.ts';
import { column, outcomes, stage } from '../support/staged.ts';

function policyOf(text: string): InexactPolicy {
  const policy = parseInexactPolicy(text);
  if (!policy) throw new Error(text);
  return policy;
}

/** What each text becomes: `refused`, the value, or the value and a star where it is a substitute. */
async function treated(type: LogicalType, policy: string, texts: readonly string[]): Promise<unknown[]> {
  await using staged = await stage(
    [column('value', type)],
    texts.map((text) => [text]),
    [],
    [policyOf(policy)],
  );
  return [staged.staging.plan.columns[0]?.fileType, ...(await outcomes(staged))];
}

const NUMERIC: LogicalType = { kind: 'numeric' };
const MONEY: LogicalType = { kind: 'decimal', precision: 10, scale: 2 };
const DATE: LogicalType = { kind: 'date' };
const INSTANT: LogicalType = { kind: 'timestamp', utc: true };
const TIME: LogicalType = { kind: 'time' };
const INTERVAL: LogicalType = { kind: 'interval' };
const DATES: LogicalType = { kind: 'list', of: DATE };
const PERIOD: LogicalType = { kind: 'range', of: DATE, multi: false };
const ITEM: LogicalType = {
  kind: 'struct',
  fields: [
    { name: 'price', type: MONEY },
    { name: 'at', type: INSTANT },
    { name: 'pause', type: INTERVAL },
  ],
};

const TREATED: readonly [LogicalType, policy: string, fileType: string, readonly (readonly [string, string])[]][] = [
  [
    NUMERIC,
    'null',
    'DECIMAL(3,2)',
    [
      ['1.25', '1.25'],
      ['NaN', 'NULL *'],
      ['-Infinity', 'NULL *'],
    ],
  ],
  [
    NUMERIC,
    'string',
    'VARCHAR',
    [
      ['1.250', '1.250'],
      ['NaN', 'NaN'],
    ],
  ],
  [
    NUMERIC,
    'double',
    'DOUBLE',
    [
      ['0.1', '0.1'],
      ['-1.50', '-1.5'],
      ['100', '100.0'],
      ['0.000', '0.0'],
      ['NaN', 'nan'],
      ['-Infinity', '-inf'],
      ['9007199254740993', '9007199254740992.0 *'],
      ['0.1234567890123456789', '0.12345678901234568 *'],
      ['123456789012345680000', '1.2345678901234568e+20'],
      [`0.${'0'.repeat(400)}1`, '0.0 *'],
      [`1${'0'.repeat(400)}`, 'refused'],
    ],
  ],
  [
    NUMERIC,
    'decimal(6,2)',
    'DECIMAL(6,2)',
    [
      ['1.25', '1.25'],
      ['1.2500', '1.25'],
      ['7', '7.00'],
      ['0.005', '0.01 *'],
      ['-0.005', '-0.01 *'],
      ['0.0049999', '0.00 *'],
      ['9999.994', '9999.99 *'],
      ['9999.995', 'refused'],
      ['10000', 'refused'],
      ['NaN', 'refused'],
      ['Infinity', 'refused'],
    ],
  ],
  [
    MONEY,
    'null',
    'DECIMAL(10,2)',
    [
      ['1.25', '1.25'],
      ['NaN', 'NULL *'],
    ],
  ],
  [
    MONEY,
    'double',
    'DOUBLE',
    [
      ['12345678.91', '12345678.91'],
      ['Infinity', 'inf'],
    ],
  ],
  [
    DATE,
    'null',
    'DATE',
    [
      ['2026-01-01', '2026-01-01'],
      ['infinity', 'NULL *'],
    ],
  ],
  [
    DATE,
    'infinity',
    'DATE',
    [
      ['0044-03-15 BC', '0044-03-15 (BC)'],
      ['-infinity', '-infinity *'],
    ],
  ],
  [
    INSTANT,
    'infinity',
    'TIMESTAMP WITH TIME ZONE',
    [
      ['infinity', 'infinity *'],
      ['294276-12-31 23:59:59+00', 'refused'],
    ],
  ],
  [
    INSTANT,
    'string',
    'VARCHAR',
    [
      ['infinity', 'infinity'],
      ['0044-03-15 10:00:00+00 BC', '0044-03-15 10:00:00+00 BC'],
    ],
  ],
  [
    TIME,
    'null',
    'TIME',
    [
      ['23:59:59', '23:59:59'],
      ['24:00:00', 'NULL *'],
    ],
  ],
  [
    INTERVAL,
    'null',
    'STRUCT("months" INTEGER, "days" INTEGER, micros BIGINT)',
    [
      ['P1M', "{'months': 1, 'days': 0, 'micros': 0}"],
      ['infinity', 'NULL *'],
    ],
  ],
  [
    INTERVAL,
    'string',
    'VARCHAR',
    [
      ['P1M', 'P1M'],
      ['infinity', 'infinity'],
    ],
  ],
  [
    DATES,
    'null',
    'DATE[]',
    [
      ['{2026-01-01,infinity,NULL}', '[2026-01-01, NULL, NULL] *'],
      ['{2026-01-01,NULL}', '[2026-01-01, NULL]'],
      ['[0:0]={2026-01-01}', 'NULL *'],
      ['{}', '[]'],
    ],
  ],
  [
    DATES,
    'infinity',
    'DATE[]',
    [
      ['{infinity}', '[infinity] *'],
      ['[0:0]={2026-01-01}', 'refused'],
    ],
  ],
  [
    DATES,
    'string',
    'VARCHAR',
    [
      ['[0:0]={2026-01-01}', '[0:0]={2026-01-01}'],
      ['{infinity}', '{infinity}'],
    ],
  ],
  [
    PERIOD,
    'null',
    'STRUCT("lower" DATE, "upper" DATE, lower_inc BOOLEAN, upper_inc BOOLEAN, "empty" BOOLEAN)',
    [
      [
        '[2026-01-01,infinity)',
        "{'lower': 2026-01-01, 'upper': NULL, 'lower_inc': true, 'upper_inc': false, 'empty': false} *",
      ],
      ['[2026-01-01,)', "{'lower': 2026-01-01, 'upper': NULL, 'lower_inc': true, 'upper_inc': false, 'empty': false}"],
    ],
  ],
  [
    ITEM,
    'null',
    'STRUCT(price DECIMAL(10,2), "at" TIMESTAMP WITH TIME ZONE, pause STRUCT("months" INTEGER, "days" INTEGER, micros BIGINT))',
    [
      ['(1.25,infinity,infinity)', "{'price': 1.25, 'at': NULL, 'pause': NULL} *"],
      ['(,,)', "{'price': NULL, 'at': NULL, 'pause': NULL}"],
    ],
  ],
  [
    ITEM,
    'double',
    'STRUCT(price DOUBLE, "at" TIMESTAMP WITH TIME ZONE, pause STRUCT("months" INTEGER, "days" INTEGER, micros BIGINT))',
    [
      ['(NaN,,)', "{'price': nan, 'at': NULL, 'pause': NULL}"],
      ['(1.25,infinity,)', 'refused'],
    ],
  ],
];

test.each(TREATED.map(([type, policy, fileType, pairs]) => [type.kind, policy, { type, fileType, pairs }] as const))(
  '%s under %s',
  async (_, policy, { type, fileType, pairs }) => {
    const texts = pairs.map(([text]) => text);
    const [file, ...values] = await treated(type, policy, texts);
    const same = (name: unknown) => String(name).replaceAll('"', '').toUpperCase();
    expect([same(file), ...values]).toEqual([same(fileType), ...pairs.map(([, value]) => value)]);
  },
);

test('substitutions are counted per column, with the first five keys in the order of the key', async () => {
  const numeric = column('id', NUMERIC);
  await using staged = await stage(
    [numeric, column('a', DATE), column('b', DATE), column('c', DATE)],
    [
      ...Array.from({ length: 7 }, (_, index) => [`${12 - index}`, 'infinity', '2026-01-01', 'infinity']),
      ['2', 'infinity', '2026-01-01', null],
      ['100', null, '2026-01-01', null],
    ],
    ['id'],
    ['refuse', 'null', 'null', 'infinity'].map(policyOf),
  );
  const { substitutions, plan } = staged.staging;
  expect(substitutions).toEqual([
    { column: 'a', policy: 'null', values: 8, firstKeys: ['2', '6', '7', '8', '9'].map((id) => ({ id })) },
    { column: 'c', policy: 'infinity', values: 7, firstKeys: ['6', '7', '8', '9', '10'].map((id) => ({ id })) },
  ]);
  expect(plan.columns.map(({ fidelity }) => fidelity)).toEqual(['exact', 'substituted', 'exact', 'substituted']);
});

test('a text is what is staged where a column is kept as text, also for a writer', async () => {
  await using staged = await stage(
    [column('a', DATES), column('b', NUMERIC)],
    [['{infinity}', 'NaN']],
    [],
    [policyOf('string'), policyOf('double')],
  );
  const batches = [];
  for await (const batch of staged.staging.relation(1).batches(10)) batches.push(batch);
  expect(batches).toEqual([[['{infinity}', 'NaN']]]);
});

test.each<[LogicalType, staged: string, source: string]>([
  [DATES, '{"i":["2026-01-01",null]}', '{2026-01-01,NULL}'],
  [
    { kind: 'list', of: { kind: 'list', of: { kind: 'string' } } },
    '{"x":[2,2],"i":["a","b c","NULL",""]}',
    '{{a,"b c"},{"NULL",""}}',
  ],
  [ITEM, '{"f0":"1.25","f1":"2026-01-01 10:00:00+00","f2":"P1Y"}', '(1.25,"2026-01-01 10:00:00+00",P1Y)'],
  [PERIOD, '{"f0":"2026-01-01","f1":null,"f2":"t","f3":"f","f4":"f"}', '[2026-01-01,)'],
  [PERIOD, '{"f0":null,"f1":null,"f2":"f","f3":"f","f4":"t"}', 'empty'],
  [{ ...PERIOD, multi: true }, '[{"f0":"2026-01-01","f1":null,"f2":"t","f3":"f","f4":"f"}]', '{[2026-01-01,)}'],
])('a staged %o is shown to people as the source has it', (type, staged, source) => {
  expect(sourceText(type, staged)).toBe(source);
});
