/**
 * What a value means, apart from any one database, and the text in which it travels.
 *
 * Values go from a source to the staging area as text, one form per kind, which is the one
 * PostgreSQL prints with `TimeZone=UTC`, `DateStyle=ISO`, `IntervalStyle=iso_8601`,
 * `bytea_output=hex` and `extra_float_digits=1`
 * (https://www.postgresql.org/docs/current/datatype.html):
 *
 * | kind | text |
 * |---|---|
 * | boolean | `t`, `f` (also `true`, `false`) |
 * | integer | decimal digits, optional `-` |
 * | float | shortest decimal that reads back, `NaN`, `Infinity`, `-Infinity` |
 * | decimal, numeric | decimal digits with optional fraction, `NaN`, `Infinity`, `-Infinity` |
 * | string, enum, json, opaque | itself |
 * | uuid | 36 characters, lower case |
 * | bytes | `\x` and two hex digits a byte |
 * | date | `2025-10-27`, with ` BC` behind it before year 1; `infinity`, `-infinity` |
 * | time | `10:00:00.123456`, at most 6 decimals; `24:00:00` |
 * | timestamp | `2025-10-27 10:00:00.123456`, with `+00` behind it where `utc`; ` BC`; `infinity` |
 * | interval | ISO 8601 duration, `P1Y2M3DT4H5M6.789S`, parts may be negative |
 * | list, struct, range | PostgreSQL's array, record and range output |
 *
 * NULL is `null`, never a text.
 */
export type LogicalType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  /** Exact, 0 <= scale <= precision <= 38. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Exact, of no declared size. */
  | { readonly kind: 'numeric' }
  /** `maxLength` in code points. */
  | { readonly kind: 'string'; readonly maxLength?: number }
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'json' }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'date' }
  | { readonly kind: 'time' }
  /** Microseconds. `utc`: an instant; else a wall clock without a zone. */
  | { readonly kind: 'timestamp'; readonly utc: boolean }
  | { readonly kind: 'interval' }
  /** A list of a list is one of two dimensions; what comes may have others than its type says. */
  | { readonly kind: 'list'; readonly of: LogicalType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: LogicalType }[] }
  | { readonly kind: 'range'; readonly of: LogicalType; readonly multi: boolean }
  /** A type nobody here knows: its text is kept whole. */
  | { readonly kind: 'opaque' };

export type LogicalKind = LogicalType['kind'];

/** One column as the source describes it. */
export interface Column {
  /** Exactly as the source spells it; any string that it accepts. A query may give one name to several columns. */
  readonly name: string;
  /** The source's own name of the type, for people and the manifest, e.g. `character varying(20)`. */
  readonly sourceType: string;
  readonly type: LogicalType;
  readonly nullable: boolean;
  readonly comment?: string;
}

/**
 * - `exact`: the file's type holds every value of the source's type.
 * - `annotated`: all information is there, in another form (text, a lost display scale), or it is a date before the
 *   year 1 or after 9999, at which many readers stop.
 * - `substituted`: a policy allowed a replacement; the manifest counts them.
 */
export type Fidelity = 'exact' | 'annotated' | 'substituted';

/** One column as the plan fixes it: what comes, what is written. */
export interface ColumnPlan extends Column {
  /** What the source calls it, where `rename` of the dataset gave it another `name`. */
  readonly sourceName?: string;
  /** The type that DuckDB reads from the file, e.g. `DECIMAL(12,2)`, `TIMESTAMP WITH TIME ZONE`. */
  readonly fileType: string;
  /** The Parquet type for people, e.g. `INT64 (TIMESTAMP micros, UTC)`. */
  readonly parquetType: string;
  /**
   * The logical type of what the file holds, where that differs from what comes: text for a column that is kept as
   * text, the size that was found for a numeric of no declared size.
   */
  readonly held?: LogicalType;
  readonly fidelity: Fidelity;
  /** What becomes of a value that can't be held exactly, as {@link InexactPolicy} is written. */
  readonly onInexact: string;
}

/** The logical type of what the file holds. */
export function heldType({ type, held }: Pick<ColumnPlan, 'type' | 'held'>): LogicalType {
  return held ?? type;
}
