import type { ColumnPlan } from './columns.ts';
import type { Filter, Instant, Relation } from './source.ts';
import type { SyncMode } from './sync-target.ts';
import type { JsonSchema } from './validator.ts';
import type { Compression } from './writer.ts';

export const PLAN_FORMAT_VERSION = 1;

export const INVALID_POLICIES = ['fail', 'quarantine', 'drop'] as const;
/**
 * What becomes of a row that breaks the schema. `fail`: nothing is published; `quarantine`: it is kept beside the
 * snapshot, in full and with its reasons; `drop`: it is left out and reported.
 */
export type InvalidPolicy = (typeof INVALID_POLICIES)[number];

export const LANES = ['row', 'fast'] as const;
/**
 * How rows move. `row`: batches of server text, each row checked by the validator. `fast`: bytes that only the staging
 * area looks into, with a SQL predicate there; the validator sees the rows that this doesn't decide.
 */
export type Lane = (typeof LANES)[number];

/** How a snapshot's file is cut in several, so that rows that don't change stay in files that don't change. */
export interface PartsPlan {
  /** At keys that their own hash chooses: the same rows are cut in the same places, whatever came before. */
  readonly by: 'key';
  /** About what one file is to hold, in megabytes (10^6 bytes). */
  readonly targetMB: number;
  /** Rows of a file on average, a power of two; `null` before the rows are there. */
  readonly rows: number | null;
}

/** A half-open window `[from, to)` over the dataset's time column; either end may be open. */
export interface TimeWindow {
  readonly column: string;
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * All that an export will do, made before the first row moves. Plain JSON without functions:
 * `--dry-run` prints it, the manifest keeps it, a lane executes it.
 */
export interface ExportPlan {
  readonly formatVersion: typeof PLAN_FORMAT_VERSION;
  readonly dataset: string;
  /** Names of the capabilities that will be used. */
  readonly capabilities: {
    readonly source: string;
    readonly validator: string | null;
    readonly writer: string;
  };
  readonly relation: Relation;
  readonly instant: Instant;
  readonly columns: readonly ColumnPlan[];
  readonly key: readonly string[];
  /** Columns by which rows are sorted; the key, or nothing. */
  readonly sort: readonly string[];
  readonly window: TimeWindow | null;
  /** `--where` and shorthands; the window's bounds are not among them. */
  readonly filters: readonly Filter[];
  readonly limit: number | null;
  readonly lane: Lane;
  /** Why this lane, for people; absent in plans of older versions. */
  readonly laneReason?: string;
  readonly batchRows: number;
  readonly validation: {
    readonly schema: JsonSchema;
    /** Where the schema comes from: a path relative to the project, or `inferred`. */
    readonly origin: string;
    readonly sha256: string;
    readonly onInvalid: InvalidPolicy;
    /** How many rows may be kept out, e.g. `100`, or which share of those read, e.g. `5%`; `null`: any number. */
    readonly maxInvalid: string | null;
    /** Reading stops as soon as it is certain that nothing will be published. */
    readonly failFast: boolean;
  } | null;
  /** Columns that the schema calls `x-sensitive`: their values stand in no message, report or manifest. */
  readonly sensitive: readonly string[];
  /** A SQL predicate that decided for the validator; `null` where every row was checked one by one. */
  readonly predicate: string | null;
  readonly distributions: readonly string[];
  readonly rules: readonly QualityRule[];
  readonly output: {
    /** Relative to the project. */
    readonly directory: string;
    readonly baseName: string;
    readonly compression: Compression;
    readonly rowGroupRows: number;
    /** Absent: one file. */
    readonly parts?: PartsPlan;
  };
  /** Whether the snapshot becomes a version of the dataset. */
  readonly versioned: boolean;
}

/** One condition over the whole snapshot; exactly one of the fields says which. */
export interface QualityCheck {
  /** A boolean SQL expression with aggregates over the columns; NULL does not hold. */
  readonly sql?: string;
  /** How many rows there are; `maxChange` in percent of the last version's. */
  readonly rows?: { readonly min?: number; readonly max?: number; readonly maxChange?: number };
  /** Percent of the rows in which a column is NULL. */
  readonly nulls?: { readonly column: string; readonly max: number };
  /** No two rows have the same values in these columns; NULL is no value. */
  readonly unique?: readonly string[];
  /** The latest value of a column is at most so old at the instant of reading: `36h`, `7d`. */
  readonly freshness?: { readonly column: string; readonly maxAge: string };
  /** How many different values a column has, NULL not among them. */
  readonly distinct?: { readonly column: string; readonly min?: number; readonly max?: number };
  /** Percent of the rows whose value would have to be another for the last version's distribution. */
  readonly drift?: { readonly column: string; readonly max: number };
  /** Percent of the values beyond `factor` interquartile ranges (absent: 1.5) from the quartiles; `max` absent: 0. */
  readonly outliers?: { readonly column: string; readonly factor?: number; readonly max?: number };
  /** Every value of these columns that is not NULL is in the columns `to` (absent: its key) of another dataset. */
  readonly references?: {
    readonly columns: readonly string[];
    readonly dataset: string;
    readonly to?: readonly string[];
  };
}

/** A condition over the whole snapshot, its name and what becomes of an export where it doesn't hold. */
export interface QualityRule extends QualityCheck {
  readonly name: string;
  readonly severity: 'error' | 'warn';
}

/** One `sync` entry of a dataset. */
export interface SyncPlan {
  readonly target: string;
  readonly to: string;
  readonly mode: SyncMode;
  readonly schema: string;
  readonly name: string;
  readonly indexes: readonly (readonly string[])[];
}
