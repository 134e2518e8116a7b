import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  castDecimal,
  decimals,
  decimalText,
  integerDigits,
  plainDecimal,
  sizedDecimal,
  sizedDecimalText,
} from '../../src/engine/decimal.ts';
import { openEngine } from '../../src/engine/engine.ts';

const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{0,${most}}$`));
/** As the server writes them, and some that it doesn't. */
const number = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.constantFrom('', '-'), digits(38), digits(38))
      .map(([sign, whole, fraction]) => `${sign}${whole || '0'}${fraction && `.${fraction}`}`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'NaN',
      'Infinity',
      '-Infinity',
      '',
      '.',
      '-',
      '1e5',
      '1.5e3',
      '-1.5E-3',
      '0.1e20',
      '1.2.3',
      'x',
      '1.-5',
    ),
  },
);
const size = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) => fc.tuple(fc.constant(precision), fc.integer({ min: 0, max: precision })));

/** Holds the statement against rows of texts `t`, for each size: it finds those that are wrong. */
async function findsNone(statementOf: (rows: string, precision: number, scale: number) => string): Promise<void> {
  const engine = await openEngine();
  try {
    await fc.assert(
      fc.asyncProperty(size, fc.array(number, { minLength: 1, maxLength: 40 }), async ([precision, scale], texts) => {
        const values = texts.map((text) => `('${text}')`).join(', ');
        expect(await engine.rows(statementOf(`(VALUES ${values}) AS v(t)`, precision, scale))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  } finally {
    engine.close();
  }
}

/** SQL: rows whose columns are not the same. */
const different = (rows: string, type: string) =>
  `SELECT * FROM (${rows}) WHERE made IS DISTINCT FROM wanted OR text IS DISTINCT FROM written OR typeof(made) <> '${type}'`;

test('a decimal made by way of 64 bits, and its text, are those that DuckDB makes itself', () =>
  findsNone((rows, precision, scale) => {
    const type = `DECIMAL(${precision},${scale})`;
    return different(
      `SELECT t, TRY_CAST(t AS ${type}) AS wanted, ${castDecimal('t', precision, scale)} AS made,
         wanted::VARCHAR AS text, ${decimalText('wanted', precision, scale)} AS written FROM ${rows}`,
      type,
    );
  }));

test('a number of which there is one text only becomes the same DECIMAL, and its text', () =>
  findsNone((rows, precision, scale) => {
    const type = `DECIMAL(${precision},${scale})`;
    const cast = `TRY_CAST(p AS ${type})`;
    const used = (value: string) => `rtrim(split_part(${value}, '.', 2), '0')`;
    // The cast rounds what has more decimals; a wider DECIMAL holds them.
    const fits = `${cast} IS NOT NULL AND ${used('p')} = ${used(`${cast}::VARCHAR`)}`;
    const when = (value: string) => `CASE WHEN ${fits} THEN ${value} END`;
    return different(
      `SELECT t, p, ${when(cast)} AS wanted, ${when(sizedDecimal('p', precision, scale))} AS made,
         wanted::VARCHAR AS text, ${when(sizedDecimalText('p', precision, scale))} AS written
       FROM (SELECT t, ${plainDecimal('t')} AS p FROM ${rows})`,
      type,
    );
  }));

test('the digits of such a text are counted by where the point stands', () =>
  findsNone((rows) => {
    const counted = `SELECT p, ${integerDigits('p')} AS before, ${decimals('p')} AS behind,
      strlen(ltrim(split_part(p, '.', 1), '-0')) AS before_wanted, strlen(split_part(p, '.', 2)) AS behind_wanted
      FROM (SELECT ${plainDecimal('t')} AS p FROM ${rows})`;
    return `SELECT * FROM (${counted}) WHERE before IS DISTINCT FROM before_wanted OR behind IS DISTINCT FROM behind_wanted`;
  }));

test('a number has one text, whatever zeros it comes with; what is none has no text', async () => {
  const engine = await openEngine();
  const given = [
    '0',
    '-0',
    '-0.00',
    '00',
    '007.50',
    '-007',
    '-0.5',
    '0.10',
    '12',
    '-0012.0',
    'NaN',
    '1e5',
    '',
    '.5',
    '5.',
    '+1',
    '1 ',
  ];
  try {
    const values = given.map((text, n) => `(${n}, '${text}')`).join(', ');
    const rows = await engine.rows(`SELECT ${plainDecimal('t')} AS p FROM (VALUES ${values}) AS v(n, t) ORDER BY n`);
    const plain = ['0', '0', '0.00', '0', '7.50', '-7', '-0.5', '0.10', '12', '-12.0'];
    expect(rows.map(({ p }) => p)).toEqual([
      ...plain,
      ...Array.from({ length: given.length - plain.length }, () => null),
    ]);
  } finally {
    engine.close();
  }
});
