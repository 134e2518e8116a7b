import { type Fidelity, INTERVAL_FIELDS, type LeafType, type LogicalType, quoteIdentifier } from '@snapkeep/sdk';
import { castDecimal, MOST_IN_64_BITS, plainDecimal } from './decimal.ts';
import { computedOnce } from './lambda.ts';

/** How one kind of value that has no parts is held in the file, and how its text becomes it. */
export interface LeafPlan {
  readonly fileType: string;
  readonly parquetType: string;
  readonly fidelity: Fidelity;
  /** SQL: text expression → value, NULL where the text can't become one. Absent: the text is the value. */
  readonly cast?: (text: string) => string;
  /** SQL: true where `value` is not exactly what `text` says, though the cast gave something. */
  readonly changed?: (text: string, value: string) => string;
}

const TEXT: LeafPlan = { fileType: 'VARCHAR', parquetType: 'BYTE_ARRAY (STRING)', fidelity: 'exact' };
export const ANNOTATED_TEXT: LeafPlan = { ...TEXT, fidelity: 'annotated' };

const tryCast = (type: string) => (text: string) => `TRY_CAST(${text} AS ${type})`;

/** PostgreSQL writes `0044-03-15 10:00:00 BC`, DuckDB reads `0044-03-15 (BC) 10:00:00`. */
const withEra = (text: string) =>
  `CASE WHEN suffix(${text}, ' BC') THEN regexp_replace(${text}, '^(\\S+)(.*) BC$', '\\1 (BC)\\2') ELSE ${text} END`;

/** SQL: true where a date or moment is an infinity, of either sign. */
export const isInfinity = (text: string) => `suffix(${text}, 'infinity')`;

/** 29 characters hold a four-digit year, six decimals and `+00`; only longer texts can carry more decimals. */
export const beyondMicros = (text: string) => `(strlen(${text}) > 29 AND regexp_matches(${text}, '\\.[0-9]{7}'))`;

function integer(fileType: string, parquetType: string): LeafPlan {
  return {
    fileType,
    parquetType,
    fidelity: 'exact',
    cast: tryCast(fileType),
    changed: (text, value) => `${value}::VARCHAR <> ${text}`,
  };
}

export function float(fileType: 'FLOAT' | 'DOUBLE'): LeafPlan {
  return {
    fileType,
    parquetType: fileType,
    fidelity: 'exact',
    cast: tryCast(fileType),
    changed: (text, value) => `(isinf(${value}) AND NOT suffix(lower(${text}), 'infinity'))`,
  };
}

export function decimal(precision: number, scale: number): LeafPlan {
  const fileType = `DECIMAL(${precision},${scale})`;
  return {
    fileType,
    parquetType: fileType,
    fidelity: 'exact',
    cast: (text) => castDecimal(text, precision, scale),
    // A cast rounds silently what has more decimals than the type.
    changed: (text, value) => {
      const rounded = `(NOT regexp_full_match(${text}, '-?[0-9]*\\.?[0-9]{0,${scale}}0*'))`;
      // The server's text is mostly that of the value, which is found in half the time.
      return precision <= MOST_IN_64_BITS
        ? `CASE WHEN ${value}::VARCHAR = ${text} THEN false ELSE ${rounded} END`
        : rounded;
    },
  };
}

function timestamp(utc: boolean): LeafPlan {
  const fileType = utc ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP';
  return {
    fileType,
    parquetType: utc ? 'INT64 (TIMESTAMP micros, UTC)' : 'INT64 (TIMESTAMP micros, local)',
    fidelity: 'exact',
    cast: (text) => tryCast(fileType)(withEra(text)),
    changed: (text) => `(${isInfinity(text)} OR ${beyondMicros(text)})`,
  };
}

/**
 * A numeric of no declared size is staged as its text; src/pipeline/export/numeric.ts finds the DECIMAL that holds
 * all values once they are known. NaN and the infinities are no decimals.
 */
const NUMERIC: LeafPlan = {
  fileType: 'VARCHAR',
  parquetType: 'DECIMAL (as small as the values allow, found while staging)',
  fidelity: 'annotated',
  cast: plainDecimal,
};

/** An ISO 8601 duration as PostgreSQL writes it; `parseInterval` of the SDK reads the same. */
const DURATION = String.raw`^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d{1,6}))?S)?)?$`;
const DURATION_PARTS = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'sign', 'seconds', 'fraction'] as const;
type DurationPart = (typeof DURATION_PARTS)[number];

/** SQL: the parts of a duration, as texts → months, days and microseconds, each with its own sign. */
function intervalParts(parts: string): string {
  const number = (part: DurationPart) => `CASE WHEN ${parts}.${part} <> '' THEN ${parts}.${part}::BIGINT ELSE 0 END`;
  const seconds = `((${number('seconds')}) * 1000000 + rpad(${parts}.fraction, 6, '0')::BIGINT)`;
  const values = {
    months: `(${number('years')}) * 12 + (${number('months')})`,
    days: `(${number('weeks')}) * 7 + (${number('days')})`,
    micros: `((${number('hours')}) * 3600 + (${number('minutes')}) * 60) * 1000000 + CASE WHEN ${parts}.sign = '-' THEN -${seconds} ELSE ${seconds} END`,
  };
  return INTERVAL_FIELDS.map(
    ({ name, type }) => `${quoteIdentifier(name)} := (${values[name]})::${integerType(type)}`,
  ).join(', ');
}

const INTERVAL: LeafPlan = {
  fileType: `STRUCT(${INTERVAL_FIELDS.map(({ name, type }) => `${quoteIdentifier(name)} ${integerType(type)}`).join(', ')})`,
  parquetType: 'STRUCT<months: INT32, days: INT32, micros: INT64>',
  fidelity: 'exact',
  cast: (text) => {
    const parts = `regexp_extract(${text}, '${DURATION}', [${DURATION_PARTS.map((part) => `'${part}'`).join(', ')}])`;
    // Numbers beyond the types of the parts are none.
    const interval = `TRY(${computedOnce(parts, (found) => `struct_pack(${intervalParts(found)})`)})`;
    return `CASE WHEN regexp_matches(${text}, '${DURATION}') AND ${text} <> 'P' THEN ${interval} END`;
  },
};

function integerType(type: LogicalType): string {
  return type.kind === 'integer' && type.bits === 64 ? 'BIGINT' : 'INTEGER';
}

/** How values of a type are held in the file, where nothing else is wanted of them. */
export function leafPlan(type: LeafType): LeafPlan {
  switch (type.kind) {
    case 'boolean':
      return { fileType: 'BOOLEAN', parquetType: 'BOOLEAN', fidelity: 'exact', cast: tryCast('BOOLEAN') };
    case 'integer':
      if (type.bits === 64) return integer('BIGINT', 'INT64');
      return type.bits === 32 ? integer('INTEGER', 'INT32') : integer('SMALLINT', 'INT32 (INT 16)');
    case 'float':
      return float(type.bits === 32 ? 'FLOAT' : 'DOUBLE');
    case 'decimal':
      return decimal(type.precision, type.scale);
    case 'numeric':
      return NUMERIC;
    case 'string':
    case 'enum':
      return TEXT;
    case 'uuid':
      return {
        fileType: 'UUID',
        parquetType: 'FIXED_LEN_BYTE_ARRAY(16) (UUID)',
        fidelity: 'exact',
        cast: tryCast('UUID'),
        changed: (text, value) => `${value}::VARCHAR <> ${text}`,
      };
    case 'json':
      return { fileType: 'JSON', parquetType: 'BYTE_ARRAY (JSON)', fidelity: 'exact', cast: tryCast('JSON') };
    case 'bytes':
      return {
        fileType: 'BLOB',
        parquetType: 'BYTE_ARRAY',
        fidelity: 'exact',
        cast: (text) => `CASE WHEN prefix(${text}, '\\x') THEN TRY(unhex(substr(${text}, 3))) END`,
        // Half a byte would be filled up.
        changed: (text) => `strlen(${text}) % 2 <> 0`,
      };
    case 'date':
      return {
        fileType: 'DATE',
        parquetType: 'INT32 (DATE)',
        fidelity: 'exact',
        cast: (text) => tryCast('DATE')(withEra(text)),
        changed: isInfinity,
      };
    case 'time':
      return {
        fileType: 'TIME',
        parquetType: 'INT64 (TIME micros, local)',
        fidelity: 'exact',
        cast: tryCast('TIME'),
        changed: (text) => `(prefix(${text}, '24') OR ${beyondMicros(text)} OR strlen(${text}) > 15)`,
      };
    case 'timestamp':
      return timestamp(type.utc);
    case 'interval':
      return INTERVAL;
    case 'opaque':
      return ANNOTATED_TEXT;
  }
}
