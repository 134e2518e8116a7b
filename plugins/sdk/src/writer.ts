import type { ColumnPlan } from './columns.ts';
import type { PluginContext } from './context.ts';
import type { TextBatch } from './source.ts';

export const COMPRESSIONS = ['zstd', 'snappy', 'none'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** The SQL engine that holds the staged rows. */
export interface SqlEngine {
  readonly dialect: 'duckdb';
  /** e.g. `v1.5.5`. */
  readonly version: string;
  run(sql: string): Promise<void>;
}

/** Rows that were read, cast, checked and sorted, waiting to be written. */
export interface StagedRelation {
  readonly engine: SqlEngine;
  /** How the engine's SQL names it, quoted. Columns have their own names, types `fileType`, rows their final order. */
  readonly name: string;
  readonly columns: readonly ColumnPlan[];
  readonly rows: number;
  /** The same rows as text, for a writer that has no use for SQL; in the forms of `LogicalType`. */
  batches(batchRows: number): AsyncIterable<TextBatch>;
}

export interface WriteRequest {
  readonly staged: StagedRelation;
  /** Absolute path of an empty folder on the final file system; never the final folder. */
  readonly directory: string;
  /** File name without extension, e.g. `behavioral_events`. */
  readonly baseName: string;
  readonly compression: Compression;
  /** Rows per row group; fixed, so that the same rows give the same bytes. */
  readonly rowGroupRows: number;
  /** Goes into the file's own metadata; only what follows from data and plan. */
  readonly footer: Readonly<Record<string, string>>;
}

/** One file, its name relative to `directory`. */
export interface WrittenFile {
  readonly name: string;
  readonly rows: number;
}

/** A column that a writer can't hold exactly. */
export interface Refusal {
  readonly column: string;
  readonly reason: string;
}

export interface Writer {
  /** Those that it offers, its default first; absent: all, zstd by default. Another one is refused when the plan is made. */
  readonly compressions?: readonly [Compression, ...Compression[]];
  /**
   * Asked when the plan is made, before a row is read, by `schema plan` too: every column that this writer can't hold
   * exactly, with the reason. Empty where it can hold all.
   */
  refuse(columns: readonly ColumnPlan[]): readonly Refusal[];
  /** Writes every row, in order, also where there is none. @throws SNAPKEEP_STORAGE_FULL, SNAPKEEP_STORAGE_FAILED */
  write(request: WriteRequest, context: PluginContext): Promise<readonly WrittenFile[]>;
}
