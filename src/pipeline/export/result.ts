import type { ExportPlan, Manifest, Quarantine, SnapshotFile, Substitution } from '@snapkeep/sdk';
import type { Cause } from '../invalid/causes.ts';
import type { SyncOutcome } from '../sync.ts';

/** What an export did; the `data` of `export --json`. */
export interface ExportResult {
  readonly dataset: string;
  readonly snapshot: string;
  /** `null` where the snapshot is no version of the dataset. */
  readonly version: number | null;
  readonly tag: string | null;
  readonly commit: string | null;
  readonly rows: number;
  readonly bytes: number;
  /** Relative to the project. */
  readonly path: string;
  readonly files: readonly SnapshotFile[];
  readonly contentHash: string;
  /** The newest version holds the same content: nothing was written. */
  readonly unchanged: boolean;
  readonly rejected: number;
  /** Most frequent first, at most 1,000. */
  readonly causes: readonly Cause[];
  /** The rejected rows in full, a part of the snapshot; `null` where none are kept. */
  readonly quarantine: Quarantine | null;
  /** The CSV of the rejected rows, relative to the project. */
  readonly report: string | null;
  /** What policies put in the place of values that the file can't hold exactly. */
  readonly substitutions: readonly Substitution[];
  readonly warnings: readonly string[];
  readonly synced: SyncOutcome['targets'];
  /** How often reading was begun. */
  readonly attempts: number;
  readonly durationMs: number;
  readonly phases: Readonly<Record<string, number>>;
}

/** The plan without a row moved; the `data` of `export --dry-run --json`. */
export interface ExportPreview {
  readonly dryRun: true;
  readonly plan: ExportPlan;
}

/** What an export's result says of the rows. */
export type RowFacts = Pick<
  ExportResult,
  'rejected' | 'causes' | 'quarantine' | 'report' | 'substitutions' | 'attempts'
>;

/** Of a snapshot that is no version, or none yet. */
export function resultOf(
  manifest: Manifest,
  facts: RowFacts & Pick<ExportResult, 'path' | 'warnings' | 'durationMs' | 'phases'>,
): ExportResult {
  return {
    dataset: manifest.dataset,
    snapshot: manifest.snapshot,
    version: null,
    tag: null,
    commit: null,
    rows: manifest.rows,
    bytes: manifest.bytes,
    path: facts.path,
    files: manifest.files,
    contentHash: manifest.contentHash,
    unchanged: false,
    rejected: facts.rejected,
    causes: facts.causes,
    quarantine: facts.quarantine,
    report: facts.report,
    substitutions: facts.substitutions,
    warnings: facts.warnings,
    synced: [],
    attempts: facts.attempts,
    durationMs: facts.durationMs,
    phases: facts.phases,
  };
}
