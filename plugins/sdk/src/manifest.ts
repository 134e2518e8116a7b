import type { ExportPlan } from './plan.ts';

export const MANIFEST_FORMAT_VERSION = 1;

/** One Parquet file of a snapshot. */
export interface SnapshotFile {
  /** Relative to the snapshot's folder. */
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Of this file's rows alone, as the snapshot's own; absent where the snapshot wasn't cut by key. */
  readonly contentHash?: string;
}

/** Metrics of one column over the published rows. Texts, so that no number is rounded. */
export interface ColumnMetrics {
  readonly name: string;
  readonly nulls: number;
  /** Different values, NULL not among them. */
  readonly distinct: number;
  /** Whether `distinct` was counted; else it is an estimate (HyperLogLog), which may be 20 % off. */
  readonly distinctExact: boolean;
  readonly min: string | null;
  readonly max: string | null;
  /** Values beyond 1.5 interquartile ranges from the quartiles (Tukey); null where the type has no order of size. */
  readonly outliers: number | null;
}

/** What a policy put in the place of values that one column of the file can't hold exactly. */
export interface Substitution {
  readonly column: string;
  /** As the plan's `onInexact` has it. */
  readonly policy: string;
  /** Rows whose value isn't the source's; a nested value counts once. */
  readonly values: number;
  /** Keys of the first of them in the order of the key, at most 5, as text; empty where the dataset has no key. */
  readonly firstKeys: readonly Readonly<Record<string, string | null>>[];
}

/** Rows that broke the schema and were kept, in full and with their reasons; docs/formats.md has the file's columns. */
export interface Quarantine {
  readonly rows: number;
  readonly bytes: number;
  readonly files: readonly SnapshotFile[];
  /** As the snapshot's own. */
  readonly contentHash: string;
}

/** What a quality rule found. */
export interface RuleResult {
  readonly name: string;
  readonly severity: 'error' | 'warn';
  readonly holds: boolean;
  /** What was asked of the snapshot, in DuckDB's SQL. */
  readonly sql: string;
  /** In words, with the number: `3 different values of userId`; `null` for SQL of the configuration. */
  readonly measured: string | null;
  /** In words: `at least 5`; `null` for SQL of the configuration. */
  readonly limit: string | null;
  /** Of `references` that doesn't hold: the first rows, by their key, and what they name; sensitive values masked. */
  readonly examples?: readonly {
    readonly key: Readonly<Record<string, string | null>>;
    readonly values: Readonly<Record<string, string | null>>;
  }[];
}

/** Snapshots that one run made of several datasets, all of them read at one instant. */
export interface TogetherRun {
  /** The run's transaction: the same in all of them, and the commit's trailer `Snapshot-Tx`. */
  readonly id: string;
  /** All datasets that were asked for, in their order. */
  readonly datasets: readonly string[];
}

export interface Manifest {
  readonly formatVersion: typeof MANIFEST_FORMAT_VERSION;
  readonly dataset: string;
  readonly snapshot: string;
  /** UTC, milliseconds: the stamp in the snapshot's id. */
  readonly createdAt: string;
  /** Absent where the dataset was exported by itself. */
  readonly run?: TogetherRun;
  readonly plan: ExportPlan;
  /** `v3:` and 32 hex digits; docs/formats.md defines it. */
  readonly contentHash: string;
  readonly rows: number;
  readonly bytes: number;
  readonly files: readonly SnapshotFile[];
  /** `null` where no row is kept beside the others. */
  readonly quarantine: Quarantine | null;
  /** Rows per stage. `read` = `published` + `rejected`, always. */
  readonly counts: { readonly read: number; readonly rejected: number; readonly published: number };
  readonly validation: {
    readonly outcome: 'passed' | 'rejected rows left out' | 'rejected rows in quarantine' | 'not validated';
    /** By `schemaPath`, most frequent first. */
    readonly causes: readonly {
      readonly schemaPath: string;
      readonly column: string;
      readonly message: string;
      readonly rows: number;
    }[];
  };
  /** In the order of the columns; empty where every value is the source's. */
  readonly substitutions: readonly Substitution[];
  readonly quality: {
    readonly columns: readonly ColumnMetrics[];
    readonly distributions: readonly {
      readonly column: string;
      readonly values: readonly { readonly value: string | null; readonly rows: number }[];
      readonly others: number;
    }[];
    readonly rules: readonly RuleResult[];
  };
  /** Milliseconds per phase. */
  readonly phases: Readonly<Record<string, number>>;
  readonly versions: {
    readonly snapkeep: string;
    readonly duckdb: string;
    readonly node: string;
    readonly plugins: Readonly<Record<string, string>>;
  };
}

/** Every file of a snapshot, those of its quarantine too: what is tracked, verified, pushed and brought back together. */
export function snapshotFiles({ files, quarantine }: Pick<Manifest, 'files' | 'quarantine'>): readonly SnapshotFile[] {
  return quarantine === null ? files : [...files, ...quarantine.files];
}
