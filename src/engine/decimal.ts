/** Digits of the widest DECIMAL that DuckDB holds in 64 bits. */
export const MOST_IN_64_BITS = 18;

/** A decimal text of which there is no other: no zero before another digit, no zero with a sign. */
const PLAIN_DECIMAL = '-?[1-9][0-9]*(?:\\.[0-9]+)?|0(?:\\.[0-9]+)?|-0\\.0*[1-9][0-9]*';

/** SQL: a decimal text → the same number as {@link PLAIN_DECIMAL}; NULL where it is none. */
export function plainDecimal(text: string): string {
  const bare = `regexp_replace(${text}, '^(-?)0+([0-9])', '\\1\\2')`;
  return `CASE WHEN regexp_full_match(${text}, '${PLAIN_DECIMAL}') THEN ${text}
    WHEN regexp_full_match(${text}, '-?[0-9]+(?:\\.[0-9]+)?') THEN CASE WHEN regexp_matches(${text}, '[1-9]') THEN ${bare} ELSE ltrim(${bare}, '-') END END`;
}

/** SQL: how many digits a {@link PLAIN_DECIMAL} has before the point; a zero that stands there alone is none. */
export function integerDigits(text: string): string {
  const before = `CASE WHEN instr(${text}, '.') = 0 THEN strlen(${text}) ELSE instr(${text}, '.') - 1 END`;
  // In the order of bytes: a sign, 0, the other digits.
  return `CASE WHEN ${text} >= '1' THEN ${before} WHEN ${text} >= '0' OR starts_with(${text}, '-0') THEN 0 ELSE ${before} - 1 END`;
}

/** SQL: how many a {@link PLAIN_DECIMAL} has behind the point. */
export function decimals(text: string): string {
  return `CASE WHEN instr(${text}, '.') = 0 THEN 0 ELSE strlen(${text}) - instr(${text}, '.') END`;
}

/** SQL: the number, put together of pieces of 18 digits. @param cast - `CAST`, or `TRY_CAST`: NULL where the pieces don't hold it */
function inPieces(text: string, precision: number, scale: number, cast: 'CAST' | 'TRY_CAST'): string {
  const type = `DECIMAL(${precision},${scale})`;
  const digits = `split_part(${text}, '.', 2)`;
  // Each piece has the sign of the whole.
  const signed = (piece: string) => `CASE WHEN starts_with(${text}, '-') THEN '-' ELSE '' END || ${piece}`;
  const first = signed(`'0.' || substr(${digits}, 1, ${MOST_IN_64_BITS})`);
  const pieces = [
    `${cast}(${cast}(split_part(${text}, '.', 1) AS DECIMAL(${MOST_IN_64_BITS},0)) AS ${type})`,
    `${cast}(${cast}(${first} AS DECIMAL(${MOST_IN_64_BITS},${Math.min(scale, MOST_IN_64_BITS)})) AS ${type})`,
  ];
  const others = scale - MOST_IN_64_BITS;
  if (others > 0) {
    const second = signed(`rpad(substr(${digits}, ${MOST_IN_64_BITS + 1}), ${others}, '0')`);
    const unit = `0.${'1'.padStart(scale, '0')}`;
    const tail = `${cast}(${cast}(${second} AS DECIMAL(${MOST_IN_64_BITS},0)) * ${unit} AS ${type})`;
    pieces.push(`CASE WHEN strlen(${digits}) > ${MOST_IN_64_BITS} THEN ${tail} ELSE 0 END`);
  }
  return `${cast}(${pieces.join(' + ')} AS ${type})`;
}

/**
 * SQL: what `TRY_CAST` makes of a decimal text, NULL where it isn't one that fits. DuckDB 1.5 takes 4 to 20 µs for each
 * value of more than 18 digits of precision; by way of 64 bits it takes 0.1 to 0.3.
 * @param text - SQL; read several times
 */
export function castDecimal(text: string, precision: number, scale: number): string {
  const type = `DECIMAL(${precision},${scale})`;
  const cast = `TRY_CAST(${text} AS ${type})`;
  if (precision <= MOST_IN_64_BITS || scale > 2 * MOST_IN_64_BITS) return cast;
  // The second half of 1.5e3 would be a number of its own.
  const isPlain = `regexp_full_match(${text}, '-?[0-9]+(\\.[0-9]{0,${scale}})?')`;
  const pieces = `CASE WHEN ${isPlain} THEN ${inPieces(text, precision, scale, 'TRY_CAST')} END`;
  return `coalesce(${atOnceOr(pieces, text, precision, scale, 'TRY_CAST')}, ${cast})`;
}

/** SQL: of a number that 64 bits hold the cast by way of them, in place of that of its pieces: one that fails takes half a microsecond. */
function atOnceOr(pieces: string, text: string, precision: number, scale: number, cast: 'CAST' | 'TRY_CAST'): string {
  if (scale > MOST_IN_64_BITS) return pieces;
  const fits = `strlen(split_part(${text}, '.', 1)) <= ${MOST_IN_64_BITS - scale}`;
  const short = `${cast}(${cast}(${text} AS DECIMAL(${MOST_IN_64_BITS},${scale})) AS DECIMAL(${precision},${scale}))`;
  return `CASE WHEN ${fits} THEN ${short} ELSE ${pieces} END`;
}

/** SQL: the text of a DECIMAL, as `::VARCHAR` gives it; that takes 0.3 µs for values of more than 18 digits of precision, and a tenth by way of 64 bits. */
export function decimalText(value: string, precision: number, scale: number): string {
  if (precision <= MOST_IN_64_BITS || scale >= MOST_IN_64_BITS) return `${value}::VARCHAR`;
  const limit = `1${'0'.repeat(MOST_IN_64_BITS - scale)}`;
  const short = `CAST(${value} AS DECIMAL(${MOST_IN_64_BITS},${scale}))::VARCHAR`;
  return `CASE WHEN ${value} > -${limit} AND ${value} < ${limit} THEN ${short} ELSE ${value}::VARCHAR END`;
}

/**
 * SQL: a {@link PLAIN_DECIMAL} that fits → the DECIMAL, in two thirds of the time.
 * @param text - SQL; read several times
 */
export function sizedDecimal(text: string, precision: number, scale: number): string {
  if (precision <= MOST_IN_64_BITS) return `CAST(${text} AS DECIMAL(${precision},${scale}))`;
  if (scale > 2 * MOST_IN_64_BITS || precision - scale > MOST_IN_64_BITS) return castDecimal(text, precision, scale);
  return atOnceOr(inPieces(text, precision, scale, 'CAST'), text, precision, scale, 'CAST');
}

/** SQL: the text of that DECIMAL, as `::VARCHAR` gives it, without making it: in a tenth of the time. */
export function sizedDecimalText(text: string, precision: number, scale: number): string {
  if (scale === 0) return `split_part(${text}, '.', 1)`;
  const zeros = `.${'0'.repeat(scale)}`;
  const padded = `CASE WHEN contains(${text}, '.') THEN rpad(${text}, (instr(${text}, '.') + ${scale})::INTEGER, '0') ELSE ${text} || '${zeros}' END`;
  // DuckDB leaves the zero before the point away where there can be nothing else.
  return precision === scale ? `replace(${padded}, '0.', '.')` : padded;
}
