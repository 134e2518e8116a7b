import type { JsonSchema, JsonValue, LogicalType } from '@snapkeep/sdk';
import { createTestContext, TEST_INSTANT } from '@snapkeep/sdk/conformance';
import { ajvValidator } from '@snapkeep/validate-ajv';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../src/engine/engine.ts';
import { bothVerdicts, plannedColumns, type StagedRows, stagedRows } from '../../support/predicate-bench.ts';
import { columnSchemas } from '../../support/random-schemas.ts';

const TEXTS = [
  '', 'a', 'A', 'abc', 'c0123456789abcdef012345678', 'caaaaaaaaaaaaaaaaaaaaaaaa', 'ä', 'e\u0301', '👍', '👨‍👩‍👧', ' x ', '\u00a0',
  'line\nbreak', 'line\r', '\u2028', 'ada@example.org', 'ADA@EXAMPLE.ORG', 'ſ@k.org', 'K', 'k', 'ſ', '1.2.3.4', '1.2.3.256',
  '123e4567-e89b-12d3-a456-426614174000', 'urn:uuid:123E4567-E89B-12D3-A456-426614174000', '10:00:00', '25:00:00', 'P1D', "it's",
  '\\d', '{"a":1}', 'NaN', '2026-01-31', '2026-02-30', '2026-01-31T10:00:00Z', 'x'.repeat(5_000), '1', '0', 'null', 'true', '/a/b', '%', '\ufffd',
]; // biome-ignore format: a list to look over

const POOLS: readonly (readonly [LogicalType, readonly string[]])[] = [
  [{ kind: 'boolean' }, ['t', 'f']],
  [{ kind: 'integer', bits: 16 }, ['0', '1', '-1', '7', '32767', '-32768', '10']],
  [{ kind: 'integer', bits: 32 }, ['0', '6', '-6', '2147483647', '-2147483648', '100']],
  [
    { kind: 'integer', bits: 64 },
    [
      '0',
      '9007199254740991',
      '9007199254740992',
      '9007199254740993',
      '-9223372036854775808',
      '9223372036854775807',
      '3',
    ],
  ],
  [
    { kind: 'float', bits: 32 },
    ['0', '-0', '3.4', '0.1', '1e+30', 'NaN', 'Infinity', '-Infinity', '16777216', '2.5', '1e-45'],
  ],
  [
    { kind: 'float', bits: 64 },
    [
      '0',
      '-0',
      '3.4',
      '0.1',
      '1e+300',
      '5e-324',
      'NaN',
      'Infinity',
      '-Infinity',
      '1.7976931348623157e+308',
      '2.5',
      '7',
    ],
  ],
  [{ kind: 'decimal', precision: 10, scale: 2 }, ['0.00', '1.10', '-1.10', '99999999.99', '0.01', '7.00']],
  [
    { kind: 'decimal', precision: 38, scale: 10 },
    ['0.1000000000', '9007199254740993.0000000000', '1234567890123456789012345678.0123456789', '-3.4000000000'],
  ],
  [
    { kind: 'numeric' },
    ['0', '1.5', '-1.5', '0.1', '9007199254740993', '3.40', `1${'0'.repeat(400)}`, `0.${'0'.repeat(400)}1`, '7'],
  ],
  [{ kind: 'string' }, TEXTS],
  [{ kind: 'enum', labels: ['a', 'A', 'ä'] }, ['a', 'A', 'ä']],
  [{ kind: 'uuid' }, ['123e4567-e89b-12d3-a456-426614174000', '00000000-0000-0000-0000-000000000000']],
  [
    { kind: 'json' },
    [
      '{}',
      '{"a":1}',
      '[]',
      '[1]',
      '"a"',
      '"{"',
      'null',
      'true',
      'false',
      '1',
      '1.5',
      '-1',
      '1e400',
      '9007199254740993',
      ' 1 ',
    ],
  ],
  [{ kind: 'bytes' }, ['\\x', '\\x00ff']],
  [{ kind: 'date' }, ['2026-01-31', '0001-01-01', '9999-12-31', '10000-01-01', '0044-03-15 BC', '2099-01-01']],
  [{ kind: 'time' }, ['00:00:00', '23:59:59.999999', '12:30:00.5']],
  [
    { kind: 'timestamp', utc: true },
    [
      '2026-01-31 10:00:00+00', '2025-10-27 10:00:00.123456+00', '0001-01-01 00:00:00+00', '9999-12-31 23:59:59.999999+00',
      '10000-01-01 00:00:00+00', '0044-03-15 10:00:00+00 BC', '2099-01-01 00:00:00.000001+00', '1970-01-01 00:00:00+00',
    ], // biome-ignore format: a list to look over
  ],
  [
    { kind: 'timestamp', utc: false },
    [
      '2026-01-31 10:00:00',
      '10000-01-01 00:00:00',
      '0044-03-15 10:00:00 BC',
      '2099-01-01 00:00:00',
      '1999-12-31 23:59:59.5',
    ],
  ],
  [{ kind: 'opaque' }, ['(1,2)', '192.168.0.1', 'a']],
  [{ kind: 'interval' }, ['PT0S', 'P1Y2M3DT4H5M6.789S', 'P-1DT-0.5S']],
  [
    { kind: 'list', of: { kind: 'string' } },
    ['{}', '{a}', '{a,a}', '{a,NULL}', '{NULL,NULL}', '{"","a b","\\"}', '{abc,A,"NULL"}', '{{a,b},{c,d}}', '{{a}}'],
  ],
  [{ kind: 'list', of: { kind: 'integer', bits: 32 } }, ['{}', '{1}', '{1,1}', '{1,NULL,100}', '{0,-6}', '{{1,2}}']],
  [
    { kind: 'list', of: { kind: 'integer', bits: 64 } },
    ['{9007199254740992,9007199254740993}', '{1,1}', '{1,2}', '{NULL}'],
  ],
  [{ kind: 'list', of: { kind: 'float', bits: 64 } }, ['{0,-0}', '{NaN,1.5}', '{}', '{2.5,7,0.1}']],
  [{ kind: 'list', of: { kind: 'json' } }, ['{"{\\"a\\": 1}",NULL}', '{"null"}', '{1,"\\"a\\""}', '{[]}']],
  [
    { kind: 'range', of: { kind: 'integer', bits: 32 }, multi: false },
    ['[1,5)', 'empty', '(,3)', '[7,)', '(,)', '[0,100)'],
  ],
  [
    { kind: 'range', of: { kind: 'date' }, multi: true },
    ['{}', '{[2026-01-31,2026-02-01)}', '{(,2026-01-31),[2099-01-01,)}'],
  ],
  [
    {
      kind: 'struct',
      fields: [
        { name: 'street', type: { kind: 'string' } },
        { name: 'No', type: { kind: 'integer', bits: 32 } },
        { name: '"q"', type: { kind: 'boolean' } },
      ],
    },
    ['(a,6,t)', '(,,)', '("",0,f)', '("x ""y""",100,)'],
  ],
  [
    { kind: 'list', of: { kind: 'struct', fields: [{ name: 'No', type: { kind: 'integer', bits: 32 } }] } },
    ['{}', '{(1),(6)}', '{(),NULL}', '{{(1)},{(2)}}'],
  ],
];

let engine: Engine;
let pools: StagedRows[];
beforeAll(async () => {
  engine = await openEngine({});
  pools = await Promise.all(
    POOLS.map(async ([type, texts], index) => {
      const staged = stagedRows(
        plannedColumns({ a: type }),
        [null, ...texts].map((text) => [text]),
      );
      await engine.run(`CREATE TABLE pool${index} AS SELECT * FROM ${staged.from}`);
      return { ...staged, from: `pool${index}` };
    }),
  );
});
afterAll(() => engine.close());

/** What SQL and ajv say of every value of a pool under one schema of its column. */
function verdicts(index: number, schema: JsonValue) {
  const pool = pools[index];
  if (!pool) throw new Error(`no pool ${index}`);
  const row: JsonSchema = { type: 'object', properties: { a: schema }, required: ['a'], additionalProperties: false };
  return bothVerdicts(engine, pool, row);
}

test('what the predicate lets through, ajv finds valid: random schemas, every kind of value', async () => {
  let decided = 0;
  let valid = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: POOLS.length - 1 }), columnSchemas, async (index, schema) => {
      const { rows, sql } = await verdicts(index, schema);
      for (const row of rows) {
        if (row.sql)
          expect(row, `${POOLS[index]?.[0].kind} ${JSON.stringify(schema)}: ${sql}`).toMatchObject({ ajv: true });
        if (row.ajv) valid += 1;
        if (row.sql) decided += 1;
      }
    }),
    { numRuns: Number(process.env.SNAPKEEP_PREDICATE_RUNS ?? 1_000) },
  );
  // Soundness alone would be kept by a predicate that is never true.
  expect(decided / valid).toBeGreaterThan(0.9);
});

test('references that never end are left to ajv, also where another alternative would do', async () => {
  const loop: JsonValue = { anyOf: [{ $ref: '#/$defs/loop' }, { minLength: 0 }] };
  const schema: JsonSchema = { $defs: { loop }, properties: { a: { $ref: '#/$defs/loop' } } };
  const compiled = await ajvValidator.compile(
    { schema, columns: plannedColumns({ a: { kind: 'string' } }), instant: TEST_INSTANT },
    createTestContext(),
  );
  expect(compiled.predicate?.(new Map([['a', 'v0']]))).toMatchObject({ reason: 'its references never end' });
});

test('references that double the work at each level are left to ajv', async () => {
  const $defs = Object.fromEntries(
    Array.from({ length: 13 }, (_, level): [string, JsonValue] => {
      const next = { $ref: `#/$defs/l${level + 1}` };
      return [`l${level}`, { allOf: [next, next] }];
    }),
  );
  const schema: JsonSchema = { $defs: { ...$defs, l13: true }, properties: { a: { $ref: '#/$defs/l0' } } };
  const compiled = await ajvValidator.compile(
    { schema, columns: plannedColumns({ a: { kind: 'string' } }), instant: TEST_INSTANT },
    createTestContext(),
  );
  expect(compiled.predicate?.(new Map([['a', 'v0']]))).toMatchObject({ reason: 'its references make it too large' });
});
