import { type Fidelity, type LogicalType, quoteIdentifier, type Shape, SnapkeepError, shapeOf } from '@snapkeep/sdk';
import { fieldKey, treeType } from './nested-staging.ts';

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

/**
 * A numeric of no declared size is staged as its text; src/pipeline/export/numeric.ts finds the DECIMAL that holds
 * all values once they are known. NaN and the infinities are no decimals.
 */
const NUMERIC: TypePlan = {
  fileType: 'VARCHAR',
  parquetType: 'DECIMAL (as small as the values allow, found while staging)',
  fidelity: 'annotated',
  cast: (text) => text,
  changed: (text) => `(NOT regexp_full_match(${text}, '-?[0-9]+(\\.[0-9]+)?'))`,
};

/** Names of lambda parameters must differ where lambdas stand in one another. */
let lambdas = 0;
function parameter(): string {
  lambdas += 1;
  return `e${lambdas}`;
}

/** A list or struct: its text is a JSON document of texts (nested-staging.ts), each leaf of which is cast by its own plan. */
function nested(type: LogicalType): TypePlan {
  const shape = shapeOf(type);
  if (!shape) throw new SnapkeepError('SNAPKEEP_INTERNAL', `${type.kind} has no parts`);
  const fidelity = leavesOf(shape).every((leaf) => typePlan(leaf).fidelity === 'exact') ? 'exact' : 'annotated';
  const tree = (text: string) => `TRY_CAST(TRY_CAST(${text} AS JSON) AS ${treeType(type)})`;
  return {
    fileType: nestedFileType(shape),
    parquetType: nestedParquetType(shape),
    fidelity,
    cast: (text) => treeValue(shape, tree(text)),
    changed: (text) => treeChanged(shape, tree(text)),
  };
}

/** The types of the parts. */
export function partsOf(shape: Shape): readonly LogicalType[] {
  return shape.kind === 'list' ? [shape.of] : shape.fields.map((field) => field.type);
}

function leavesOf(shape: Shape): LogicalType[] {
  return partsOf(shape).flatMap((part) => {
    const inner = shapeOf(part);
    return inner ? leavesOf(inner) : [part];
  });
}

function nestedFileType(shape: Shape): string {
  if (shape.kind === 'list') return `${typePlan(shape.of).fileType}[]`;
  const fields = shape.fields.map(({ name, type }) => `${quoteIdentifier(name)} ${typePlan(type).fileType}`);
  return `STRUCT(${fields.join(', ')})`;
}

function nestedParquetType(shape: Shape): string {
  if (shape.kind === 'list') return `LIST<${partType(shape.of)}>`;
  return `STRUCT<${shape.fields.map(({ name, type }) => `${name}: ${partType(type)}`).join(', ')}>`;
}

/** A numeric without a size inside of something else stays its text: which size fits is known for columns only. */
function partType(type: LogicalType): string {
  return type.kind === 'numeric' ? TEXT.parquetType : typePlan(type).parquetType;
}

function partValue(type: LogicalType, tree: string): string {
  const shape = shapeOf(type);
  return shape ? treeValue(shape, tree) : (typePlan(type).cast?.(tree) ?? tree);
}

/** SQL: a tree of texts → the value. */
function treeValue(shape: Shape, tree: string): string {
  if (shape.kind === 'list') {
    const element = parameter();
    return `list_transform(${tree}, lambda ${element}: ${partValue(shape.of, element)})`;
  }
  const whole = parameter();
  const fields = shape.fields.map(
    ({ name, type }, index) => `${quoteIdentifier(name)} := ${partValue(type, `${whole}.${fieldKey(index)}`)}`,
  );
  // A lambda over a list of one names the tree once, however many fields ask for a part of it.
  return `list_transform([${tree}], lambda ${whole}: CASE WHEN ${whole} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END)[1]`;
}

function partChanged(type: LogicalType, tree: string): string | undefined {
  const shape = shapeOf(type);
  if (shape) return treeChanged(shape, tree);
  const { cast, changed } = typePlan(type);
  return cast ? inexact(tree, cast(tree), changed) : undefined;
}

/** SQL: true where any leaf of the tree is not exactly what its text says. */
function treeChanged(shape: Shape, tree: string): string {
  if (shape.kind === 'list') {
    const element = parameter();
    const changed = partChanged(shape.of, element);
    return changed === undefined
      ? 'false'
      : `coalesce(list_bool_or(list_transform(${tree}, lambda ${element}: ${changed})), false)`;
  }
  const whole = parameter();
  const changed = shape.fields
    .map(({ type }, index) => partChanged(type, `${whole}.${fieldKey(index)}`))
    .filter((condition) => condition !== undefined)
    .map((condition) => `coalesce(${condition}, false)`);
  return changed.length === 0 ? 'false' : `list_transform([${tree}], lambda ${whole}: ${changed.join(' OR ')})[1]`;
}

/** SQL: true where the text is there but is not exactly the value. */
export function inexact(text: string, value: string, changed: TypePlan['changed']): string {
  const lost = `(${text} IS NOT NULL AND ${value} IS NULL)`;
  return changed ? `(${lost} OR ${changed(text, value)})` : lost;
}

/** How values of a type are held in the file. */
export function typePlan(type: LogicalType): TypePlan {
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
      return NUMERIC;
    case 'interval':
    case 'list':
    case 'struct':
    case 'range':
      return nested(type);
    case 'opaque':
      return ANNOTATED_TEXT;
  }
}
