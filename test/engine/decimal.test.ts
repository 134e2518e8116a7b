import fc from 'fast-check';
import { expect, test } from 'vitest';
import { castDecimal, decimalText, plainDecimal, sizedDecimal, sizedDecimalText } from '../../src/engine/decimal.ts';
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

test('a decimal made by way of 64 bits, and its text, are those that DuckDB makes itself', async () => {
  const engine = await openEngine();
  try {
    await fc.assert(
      fc.asyncProperty(size, fc.array(number, { minLength: 1, maxLength: 40 }), async ([precision, scale], texts) => {
        const values = texts.map((text) => `('${text}')`).join(', ');
        const type = `DECIMAL(${precision},${scale})`;
        const different = await engine.rows(
          `SELECT * FROM (SELECT t, TRY_CAST(t AS ${type}) AS wanted, ${castDecimal('t', precision, scale)} AS made,
             wanted::VARCHAR AS text, ${decimalText('wanted', precision, scale)} AS written FROM (VALUES ${values}) AS v(t))
           WHERE made IS DISTINCT FROM wanted OR text IS DISTINCT FROM written OR typeof(made) <> '${type}'`,
        );
        expect(different).toEqual([]);
      }),
      { numRuns: 300 },
    );
  } finally {
    engine.close();
  }
});

test('a number of which there is one text only becomes the same DECIMAL, and its text', async () => {
  const engine = await openEngine();
  try {
    await fc.assert(
      fc.asyncProperty(size, fc.array(number, { minLength: 1, maxLength: 40 }), async ([precision, scale], texts) => {
        const values = texts.map((text) => `('${text}')`).join(', ');
        const type = `DECIMAL(${precision},${scale})`;
        const plain = `SELECT t, ${plainDecimal('t')} AS p FROM (VALUES ${values}) AS v(t)`;
        // The cast rounds what has more decimals; a wider DECIMAL holds them.
        const fits = `TRY_CAST(p AS ${type}) IS NOT NULL AND rtrim(split_part(p, '.', 2), '0') = rtrim(split_part(TRY_CAST(p AS ${type})::VARCHAR, '.', 2), '0')`;
        const when = (value: string) => `CASE WHEN ${fits} THEN ${value} END`;
        const different = await engine.rows(
          `SELECT * FROM (SELECT t, p, ${when(`TRY_CAST(p AS ${type})`)} AS wanted, ${when(sizedDecimal('p', precision, scale))} AS made,
             wanted::VARCHAR AS text, ${when(sizedDecimalText('p', precision, scale))} AS written FROM (${plain}))
           WHERE made IS DISTINCT FROM wanted OR text IS DISTINCT FROM written OR typeof(made) <> '${type}'`,
        );
        expect(different).toEqual([]);
      }),
      { numRuns: 300 },
    );
  } finally {
    engine.close();
  }
});

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
