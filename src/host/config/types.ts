import type { Compression, InvalidPolicy, QualityCheck, SyncMode } from '@snapkeep/sdk';

/** One `sync` entry of a dataset; schemas/config.schema.json documents each field of this module. */
export interface HostSync {
  readonly target: string;
  readonly to: string;
  readonly mode?: SyncMode;
  readonly schema?: string;
  readonly name?: string;
  readonly indexes?: readonly (readonly string[])[];
}

type InexactConfig = string | null | Readonly<Record<string, string | null>>;

/** A quality rule; schemas/config.schema.json documents each field. */
interface RuleConfig extends QualityCheck {
  /** Absent: said by what the rule asks. */
  readonly name?: string;
  /** Absent: error. */
  readonly severity?: 'error' | 'warn';
}

export interface HostDataset {
  readonly table?: string | readonly string[];
  readonly query?: string;
  readonly schema?: string;
  readonly rename?: Readonly<Record<string, string | readonly string[]>>;
  readonly key?: readonly string[];
  readonly time?: string;
  readonly filters?: Readonly<Record<string, string>>;
  readonly compatibility?: 'backward' | 'forward' | 'full' | 'none';
  readonly onInvalid?: InvalidPolicy;
  /** Rows, or a share such as `5%`. */
  readonly maxInvalid?: number | string;
  readonly failFast?: boolean;
  readonly onInexact?: InexactConfig;
  readonly distributions?: readonly string[];
  readonly rules?: readonly RuleConfig[];
  readonly sync?: readonly HostSync[];
  readonly compression?: Compression;
  /** How the rows of the Parquet file are ordered; absent: by the key. */
  readonly sort?: 'key' | 'none';
  /** Cuts the Parquet file in several; `targetMB` absent: 16. */
  readonly parts?: { readonly by: 'key'; readonly targetMB?: number };
  /** Which versions keep their data here; see `version gc`. */
  readonly retention?: { readonly keepLast?: number; readonly keepDays?: number; readonly keepTagged?: boolean };
}

/** The configuration as the pipeline takes it; of the same shape as `src/pipeline/config.ts`, which the host doesn't import. */
export interface HostConfig {
  readonly file: string | null;
  readonly connection: { readonly url?: string };
  readonly dataDirectory: string;
  /** Megabytes that DuckDB may take for staged rows. */
  readonly memoryLimitMB?: number;
  readonly retry?: { readonly times?: number; readonly delaySeconds?: number };
  readonly datasets: Readonly<Record<string, HostDataset>>;
  readonly capabilities: {
    readonly source: string;
    readonly validator: string;
    readonly writer: string;
    readonly versionStore: readonly string[];
  };
  readonly plugins: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What the command line says about the configuration. */
export interface ConfigFlags {
  readonly config?: string;
  readonly profile?: string;
  readonly url?: string;
}

/** Where one value comes from: `--url`, `environment DATABASE_URL`, `snapkeep.config.yaml:12`, `default`. */
export type Origin = string;

export interface LoadedConfig {
  readonly root: string;
  /** The profile in force. */
  readonly profile: string | null;
  readonly config: HostConfig;
  /** The process environment with `.env` below it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** JSON pointer of each leaf → where it comes from. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** What the user should know at once, e.g. a password in `--url`. */
  readonly warnings: readonly string[];
}
