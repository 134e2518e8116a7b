import { type ColumnPlan, quoteIdentifier } from '@snapkeep/sdk';
import { digitsOf, type FileType, fileTypeName, parseFileType } from '../../../engine/file-type.ts';
import { sideColumn } from './side.ts';

type DiffColumn = Pick<ColumnPlan, 'name' | 'fileType' | 'sourceType'>;

/**
 * A column of both versions, with an expression for each in which equal values are equal, whatever type they had.
 * docs/formats.md ("How rows are compared") has the rules.
 */
export interface SharedColumn {
  readonly name: string;
  /** SQL over the older version's columns. */
  readonly from: string;
  /** SQL over the newer version's columns. */
  readonly to: string;
  /** Whether both types are the same, so that the expressions are the columns themselves. */
  readonly plain: boolean;
  /** JSON documents as somebody wrote them: what differs as text may still be the same document. */
  readonly documents: boolean;
  readonly type: FileType;
}

/** The columns of both, in the order of the newer version. */
export function sharedColumns(from: readonly DiffColumn[], to: readonly DiffColumn[]): SharedColumn[] {
  const before = new Map(from.map((column) => [column.name, column]));
  return to.flatMap((column): SharedColumn[] => {
    const old = before.get(column.name);
    return old ? [sharedColumn(old, column)] : [];
  });
}

function sharedColumn(from: DiffColumn, to: DiffColumn): SharedColumn {
  const value = sideColumn(to.name);
  const plain = from.fileType === to.fileType;
  const types = [parseFileType(from.fileType), parseFileType(to.fileType)] as const;
  const [before, after] = plain ? [same, same] : formsOf(...types);
  // The server writes jsonb in one way only; json as it came.
  const documents = plain && to.fileType === 'JSON' && !(from.sourceType === 'jsonb' && to.sourceType === 'jsonb');
  return { name: to.name, from: before(value), to: after(value), plain, documents, type: types[1] };
}

type Form = (value: string) => string;
type Forms = readonly [Form, Form];

const same: Form = (value) => value;
const text: Form = (value) => `${value}::VARCHAR`;
const castTo =
  (type: string): Form =>
  (value) =>
    `${value}::${type}`;
const both = (form: Form): Forms => [form, form];

/** A number's digits without the zeros that a scale adds: 1.50 and 1.500 give 1.5. Any other text stays. */
const digits: Form = (value) => {
  const withZero = `regexp_replace(${value}::VARCHAR, '^(-?)\\.', '\\10.')`;
  return `regexp_replace(regexp_replace(${withZero}, '^(-?[0-9]+)\\.0+$', '\\1'), '^(-?[0-9]+\\.[0-9]*[1-9])0+$', '\\1')`;
};

const FLOATS = ['FLOAT', 'DOUBLE'];
const isFloat = (type: FileType) => type.kind === 'plain' && FLOATS.includes(type.name);
const isPlain = (type: FileType, ...names: string[]) => type.kind === 'plain' && names.includes(type.name);

/** A float is an exact number's equal where it is the nearest to it and the number is the nearest to it. */
function floatDigits(float: FileType, exact: FileType): Form {
  const [exactName, floatName] = [fileTypeName(exact), fileTypeName(float)];
  return (value) => {
    const number = `TRY_CAST(${value} AS ${exactName})`;
    return `CASE WHEN ${number}::${floatName} = ${value} THEN ${digits(number)} ELSE ${text(value)} END`;
  };
}

function formsOf(from: FileType, to: FileType): Forms {
  const common = commonType(from, to);
  if (common !== undefined) return both(castTo(common));
  const [before, after] = [digitsOf(from), digitsOf(to)];
  if (before && isFloat(to)) return [digits, floatDigits(to, from)];
  if (after && isFloat(from)) return [floatDigits(from, to), digits];
  if (before ? after || isPlain(to, 'VARCHAR') : after && isPlain(from, 'VARCHAR')) return both(digits);
  const midnight: Form = (value) => `${value}::VARCHAR || ' 00:00:00'`;
  const wallClock: Form = (value) => `${value}::TIMESTAMP::VARCHAR`;
  if (isPlain(from, 'DATE') && isPlain(to, ...TIMESTAMPS)) return [midnight, wallClock];
  if (isPlain(to, 'DATE') && isPlain(from, ...TIMESTAMPS)) return [wallClock, midnight];
  return both(text);
}

const TIMESTAMPS = ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE'];
const MAX_DIGITS = 38;

/** The type into which both can be cast without losing anything. */
function commonType(a: FileType, b: FileType): string | undefined {
  if (a.kind === 'list' && b.kind === 'list') {
    const of = commonType(a.of, b.of);
    return of === undefined ? undefined : `${of}[]`;
  }
  if (a.kind === 'struct' && b.kind === 'struct') return commonStruct(a.fields, b.fields);
  if (fileTypeName(a) === fileTypeName(b)) return fileTypeName(a);
  if (isFloat(a) && isFloat(b)) return 'DOUBLE';
  // The engine's own zone is UTC.
  if (isPlain(a, ...TIMESTAMPS) && isPlain(b, ...TIMESTAMPS)) return 'TIMESTAMP';
  const [x, y] = [digitsOf(a), digitsOf(b)];
  if (!x || !y) return undefined;
  const scale = Math.max(x.scale, y.scale);
  const precision = Math.max(x.whole, y.whole) + scale;
  return precision > MAX_DIGITS ? undefined : `DECIMAL(${precision},${scale})`;
}

type Fields = Extract<FileType, { kind: 'struct' }>['fields'];

/** Structs are compared field by field where they have the same ones. */
function commonStruct(a: Fields, b: Fields): string | undefined {
  if (a.length !== b.length) return undefined;
  const parts: string[] = [];
  for (const { name, type } of a) {
    const other = b.find((field) => field.name === name);
    const common = other && commonType(type, other.type);
    if (common === undefined) return undefined;
    parts.push(`${quoteIdentifier(name)} ${common}`);
  }
  return `STRUCT(${parts.join(', ')})`;
}
