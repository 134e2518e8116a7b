import type { Compression, InvalidPolicy, QualityCheck, SyncMode } from '@snapkeep/sdk';
import type { Compatibility } from './schema/diff/levels.ts';

/** One `sync` entry, as the configuration has it. */
export interface SyncConfig {
  readonly target: string;
  /** Path relative to the project, or an address. */
  readonly to: string;
  readonly mode?: SyncMode;
  readonly schema?: string;
  /** Name of the view or table in the target; absent: the dataset's. */
  readonly name?: string;
  readonly indexes?: readonly (readonly string[])[];
}

/**
 * What becomes of values that can't be held exactly: a policy for the dataset, or policies by column (`score`,
 * `column:score`), type (`type:numeric`) and `*` for the rest. YAML reads a bare `null` as null.
 */
export type InexactConfig = string | null | Readonly<Record<string, string | null>>;

/** A quality rule; schemas/config.schema.json documents each field. */
export interface RuleConfig extends QualityCheck {
  /** Absent: said by what the rule asks. */
  readonly name?: string;
  /** Absent: error. */
  readonly severity?: 'error' | 'warn';
}

/** One dataset, as the configuration has it; schemas/config.schema.json documents each field. */
export interface DatasetConfig {
  readonly table?: string | readonly string[];
  readonly query?: string;
  /** Path relative to the project. Absent: inferred from the catalog. */
  readonly schema?: string;
  /** The source's name of a column → its name in the snapshot; a list where the source has that name several times. */
  readonly rename?: Readonly<Record<string, string | readonly string[]>>;
  readonly key?: readonly string[];
  readonly time?: string;
  /** Shorthand → column: `{user-id: userId}` makes `--filter user-id=X`, and `--user-id X`. */
  readonly filters?: Readonly<Record<string, string>>;
  /** What an export must keep towards the newest version. */
  readonly compatibility?: Compatibility;
  readonly onInvalid?: InvalidPolicy;
  /** Rows, or a share such as `5%`. */
  readonly maxInvalid?: number | string;
  readonly failFast?: boolean;
  readonly onInexact?: InexactConfig;
  readonly distributions?: readonly string[];
  readonly rules?: readonly RuleConfig[];
  readonly sync?: readonly SyncConfig[];
  readonly compression?: Compression;
  /** How the rows of the Parquet file are ordered; absent: by the key. */
  readonly sort?: 'key' | 'none';
  /** Cuts the Parquet file in several; `targetMB` absent: 16. */
  readonly parts?: { readonly by: 'key'; readonly targetMB?: number };
  /** Which versions keep their data here; see `version gc`. */
  readonly retention?: { readonly keepLast?: number; readonly keepDays?: number; readonly keepTagged?: boolean };
}

export interface RetryConfig {
  readonly times?: number;
  /** Before the first repetition, in seconds; twice as long before each further one. */
  readonly delaySeconds?: number;
}

/** The configuration after flags, environment and files were laid over one another and checked. */
export interface ProjectConfig {
  /** Absolute path of the configuration file; `null` where there is none. */
  readonly file: string | null;
  readonly connection: { readonly url?: string };
  /** Folder of the snapshots, relative to the project. */
  readonly dataDirectory: string;
  /** What DuckDB may take for staged rows; absent: the default of the engine. */
  readonly memoryLimitMB?: number;
  /** How often reading begins anew after a failure that passes by itself; absent: three times. */
  readonly retry?: RetryConfig;
  readonly datasets: Readonly<Record<string, DatasetConfig>>;
  readonly capabilities: {
    readonly source: string;
    readonly validator: string;
    readonly writer: string;
    readonly versionStore: readonly string[];
  };
  /** A block per capability or plugin, handed to it as it is. */
  readonly plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
