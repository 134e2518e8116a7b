import type { ColumnPlan } from './columns.ts';
import type { PluginContext } from './context.ts';

/** `view` reads the files where they lie; `table` copies the rows into the target. */
export const SYNC_MODES = ['view', 'table'] as const;
export type SyncMode = (typeof SYNC_MODES)[number];

export interface SyncRequest {
  readonly dataset: string;
  /** The version's number, or `null` for a snapshot that is none. */
  readonly version: number | null;
  readonly snapshot: string;
  /** Whether a view follows `latest` from now on instead of naming this snapshot. */
  readonly followLatest: boolean;
  /** Absolute paths. Under `latest/` where `followLatest`. */
  readonly files: readonly string[];
  readonly columns: readonly ColumnPlan[];
  /** Rows in the files by the manifest; the target must show as many. */
  readonly rows: number;
  /** Absolute path or address, as the dataset's `sync[].to` names it. */
  readonly to: string;
  readonly mode: SyncMode;
  readonly schema: string;
  /** Name of the view or table in the target. */
  readonly name: string;
  /** Each a list of column names. Only for `table`. */
  readonly indexes: readonly (readonly string[])[];
}

export interface SyncResult {
  readonly to: string;
  /** As the target's SQL names it, quoted where needed, e.g. `research.behavioral_events`. */
  readonly relation: string;
  readonly mode: SyncMode;
  /** Rows counted in the target after the switch. */
  readonly rows: number;
  readonly indexes: readonly string[];
}

export interface SyncTarget {
  /**
   * Makes the target hold exactly this snapshot, in one transaction: its readers see the old state or the new.
   * @throws SNAPKEEP_SYNC_BUSY, SNAPKEEP_SYNC_MISMATCH, SNAPKEEP_SYNC_FAILED
   */
  sync(request: SyncRequest, context: PluginContext): Promise<SyncResult>;
}
