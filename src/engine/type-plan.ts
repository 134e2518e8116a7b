import { type Column, type ColumnPlan, type Fidelity, type LogicalType, SnapkeepError } from '@snapkeep/sdk';

/** How one kind of value is held in the file, and how its text becomes it. */
interface TypePlan {
  readonly fileType: string;
  readonly parquetType: string;
  readonly fidelity: Fidelity;
  /** SQL: text expression → value, NULL where the text can't become one. Absent: the text is the value. */
  readonly cast?: (text: string) => string;
  /** SQL: true where `value` is not exactly what `text` says, though the cast gave something. */
  readonly changed?: (text: string, value: string) => string;
}

const TEXT: TypePlan = { fileType: 'VARCHAR', parquetType: 'BYTE_ARRAY (STRING)', fidelity: 'exact' };
const ANNOTATED_TEXT: TypePlan = { ...TEXT, fidelity: 'annotated' };

const tryCast = (type: string) => (text: string) => `TRY_CAST(${text} AS ${type})`;

/** PostgreSQL writes `0044-03-15 10:00:00 BC`, DuckDB reads `0044-03-15 (BC) 10:00:00`. */
const withEra = (text: string) =>
  `CASE WHEN suffix(${text}, ' BC') THEN regexp_replace(${text}, '^(\\S+)(.*) BC$', '\\1 (BC)\\2') ELSE ${text} END`;

const notFinite = (text: string) => `suffix(${text}, 'infinity')`;

/** 29 characters hold a four-digit year, six decimals and `+00`; only longer texts can carry more decimals. */
const beyondMicros = (text: string) => `(strlen(${text}) > 29 AND regexp_matches(${text}, '\\.[0-9]{7}'))`;

function integer(fileType: string, parquetType: string): TypePlan {
  return {
    fileType,
    parquetType,
    fidelity: 'exact',
    cast: tryCast(fileType),
    changed: (text, value) => `${value}::VARCHAR <> ${text}`,
  };
}

function float(fileType: string): TypePlan {
  return {
    fileType,
    parquetType: fileType,
    fidelity: 'exact',
    cast: tryCast(fileType),
    changed: (text, value) => `(isinf(${value}) AND NOT suffix(lower(${text}), 'infinity'))`,
  };
}

function timestamp(utc: boolean): TypePlan {
  const fileType = utc ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP';
  return {
    fileType,
    parquetType: utc ? 'INT64 (TIMESTAMP micros, UTC)' : 'INT64 (TIMESTAMP micros, local)',
    fidelity: 'exact',
    cast: (text) => tryCast(fileType)(withEra(text)),
    changed: (text) => `(${notFinite(text)} OR ${beyondMicros(text)})`,
  };
}

function typePlan(type: LogicalType): TypePlan {
  switch (type.kind) {
    case 'boolean':
      return { fileType: 'BOOLEAN', parquetType: 'BOOLEAN', fidelity: 'exact', cast: tryCast('BOOLEAN') };
    case 'integer':
      if (type.bits === 64) return integer('BIGINT', 'INT64');
      return type.bits === 32 ? integer('INTEGER', 'INT32') : integer('SMALLINT', 'INT32 (INT 16)');
    case 'float':
      return float(type.bits === 32 ? 'FLOAT' : 'DOUBLE');
    case 'decimal': {
      const fileType = `DECIMAL(${type.precision},${type.scale})`;
      return {
        fileType,
        parquetType: fileType,
        fidelity: 'exact',
        cast: tryCast(fileType),
        // A cast rounds silently what has more decimals than the type.
        changed: (text) => `(NOT regexp_full_match(${text}, '-?[0-9]*\\.?[0-9]{0,${type.scale}}0*'))`,
      };
    }
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
        changed: notFinite,
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
    case 'numeric':
    case 'interval':
    case 'list':
    case 'struct':
    case 'range':
    case 'opaque':
      return ANNOTATED_TEXT;
  }
}

/** Fixes what becomes of each column. Names that DuckDB can't tell apart are refused. */
export function planColumns(columns: readonly Column[]): ColumnPlan[] {
  const seen = new Map<string, string>();
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new SnapkeepError(
        'SNAPKEEP_COLUMN_REFUSED',
        `the columns ${JSON.stringify(other)} and ${JSON.stringify(name)} differ in case only, which DuckDB can't tell apart`,
        { details: { columns: [other, name] } },
      );
    }
    seen.set(name.toLowerCase(), name);
  }
  return columns.map((column) => {
    const { fileType, parquetType, fidelity } = typePlan(column.type);
    return { ...column, fileType, parquetType, fidelity };
  });
}

/** SQL: a column's text → its value; NULL where the text can't become one. */
export function castExpression(column: Column, text: string): string {
  return typePlan(column.type).cast?.(text) ?? text;
}

/** SQL: true where the text is there but is not exactly the value; `undefined` where that can't be. */
export function inexactExpression(column: Column, text: string, value: string): string | undefined {
  const { cast, changed } = typePlan(column.type);
  if (!cast) return undefined;
  const lost = `(${text} IS NOT NULL AND ${value} IS NULL)`;
  return changed ? `(${lost} OR ${changed(text, value)})` : lost;
}

/** SQL: a value → its text in the form of its logical type, for writers that take text. */
export function textExpression(column: Column, value: string): string {
  switch (column.type.kind) {
    case 'boolean':
      return `CASE WHEN ${value} THEN 't' WHEN NOT ${value} THEN 'f' END`;
    case 'bytes':
      return `'\\x' || lower(hex(${value}))`;
    case 'float':
      return `replace(replace(${value}::VARCHAR, 'inf', 'Infinity'), 'nan', 'NaN')`;
    case 'date':
    case 'timestamp':
      return `regexp_replace(${value}::VARCHAR, '^(\\S+) \\(BC\\)(.*)$', '\\1\\2 BC')`;
    default:
      return `${value}::VARCHAR`;
  }
}
