import type { ExportPlan, Instant } from '@snapkeep/sdk';
import type { ExportRequest } from '../export/request.ts';
import type { ExportResult } from '../export/result.ts';

/** What each dataset of a run is asked for: what says something of one dataset's columns alone is left out. */
export type EachRequest = Pick<
  ExportRequest,
  | 'days'
  | 'since'
  | 'until'
  | 'batchRows'
  | 'validate'
  | 'lane'
  | 'onInvalid'
  | 'maxInvalid'
  | 'failFast'
  | 'compression'
  | 'version'
  | 'allowBreaking'
  | 'force'
  | 'retries'
  | 'message'
>;

export interface RunRequest {
  /** Datasets or tables; none: all of the configuration. */
  readonly names: readonly string[];
  /** How many are read at once; absent: as many as the machine has cores, four at most. */
  readonly jobs?: number | undefined;
  /** Whether what succeeded is published where something else failed. */
  readonly keepGoing: boolean;
  /** Whether datasets with sync targets are loaded into them. */
  readonly sync: boolean;
  readonly each: EachRequest;
}

/** A dataset that was not published, or not synced. */
export interface FailedDataset {
  readonly dataset: string;
  readonly stage: 'export' | 'sync';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What a run did; the `data` of `run --json`. */
export interface RunResult {
  /** The transaction: in the manifests as `run.id`, and in the commit as `Snapshot-Tx`. */
  readonly run: string;
  /** The one moment that all snapshots show. */
  readonly instant: Instant;
  /** How many datasets were read at once. */
  readonly jobs: number;
  /** How often reading was begun. */
  readonly attempts: number;
  /** Of all versions; `null` where none was made. */
  readonly commit: string | null;
  /** Those that are published, and those that hold the same content already, in the order asked. */
  readonly datasets: readonly ExportResult[];
  readonly failed: readonly FailedDataset[];
  readonly durationMs: number;
}

/** The plans without a row moved; the `data` of `run --dry-run --json`. */
export interface RunPreview {
  readonly dryRun: true;
  readonly jobs: number;
  readonly plans: readonly ExportPlan[];
}
