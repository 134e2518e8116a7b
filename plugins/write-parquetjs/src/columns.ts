import { type ColumnPlan, heldType, type Refusal } from '@snapkeep/sdk';
import type parquet from 'parquetjs-lite';
import { daysSinceEpoch } from './days.ts';

/** How parquetjs-lite holds a column. */
interface Holding {
  readonly type: parquet.FieldOptions['type'];
  /** A value's text, in the form of its logical type → what the library takes for it. */
  readonly encode: (text: string) => unknown;
}

const asIs = (text: string) => text;

/** Whole days before 1970 are taken as `Date` only, days far behind it as numbers only. */
function dateOf(text: string): Date | number {
  const days = daysSinceEpoch(text);
  return days < 0 ? new Date(days * 86_400_000) : days;
}

const HELD: Readonly<Record<string, Holding>> = {
  BOOLEAN: { type: 'BOOLEAN', encode: (text) => text === 't' || text === 'true' },
  SMALLINT: { type: 'INT_16', encode: asIs },
  INTEGER: { type: 'INT32', encode: asIs },
  DATE: { type: 'DATE', encode: dateOf },
  VARCHAR: { type: 'UTF8', encode: asIs },
  BLOB: { type: 'BYTE_ARRAY', encode: (text) => Buffer.from(text.slice(2), 'hex') },
};

/** Each seen in lib/types.js and lib/schema.js of version 0.8.7. */
const REASONS = {
  integer: 'it makes 64-bit integers JavaScript numbers, which rounds beyond 2^53',
  float: 'it throws on NaN, which the column may hold',
  decimal: 'it has no DECIMAL',
  uuid: 'it has no UUID',
  json: 'it writes JSON anew from JavaScript values, which changes numbers, spaces and repeated keys',
  time: 'it throws on times in microseconds',
  timestamp: 'it can’t say whether a timestamp is UTC, and throws on microseconds before 1970',
  infinity: 'it has no infinite dates',
  nested: 'this writer holds flat columns only',
} as const;

function reasonFor(column: ColumnPlan): string {
  const type = heldType(column);
  if (type.kind === 'date') return REASONS.infinity;
  switch (type.kind) {
    case 'integer':
    case 'float':
    case 'decimal':
    case 'uuid':
    case 'json':
    case 'time':
    case 'timestamp':
      return REASONS[type.kind];
    case 'numeric':
      return REASONS.decimal;
    case 'list':
    case 'struct':
    case 'range':
    case 'interval':
      return REASONS.nested;
    default:
      return `it knows no type for ${column.fileType}`;
  }
}

/** Undefined where the library can't hold every value of the column exactly, or other readers take it for another type. */
export function holdingOf({ fileType, parquetType, onInexact }: ColumnPlan): Holding | undefined {
  if (onInexact === 'infinity') return undefined;
  // A numeric of no declared size is text until its rows have come, and a DECIMAL then.
  if (parquetType.startsWith('DECIMAL')) return undefined;
  return HELD[fileType];
}

/** The columns that can't be held, each with the reason. */
export function refusals(columns: readonly ColumnPlan[]): Refusal[] {
  return columns
    .filter((column) => holdingOf(column) === undefined)
    .map((column) => ({ column: column.name, reason: reasonFor(column) }));
}
