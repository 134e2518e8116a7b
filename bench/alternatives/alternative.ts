import type { Cost } from '../support/processes.ts';

/** Where the table is, and where things may be put. */
export interface Place {
  /** `postgresql://…` with its password. */
  readonly url: string;
  /** Absolute; of this run alone. */
  readonly folder: string;
  /** JSON Schema that the rows are checked by, absolute; undefined: what the tool makes of the catalog. */
  readonly schema?: string;
  /** Whether what is published as source only may be built, which takes long. */
  readonly build: boolean;
}

export interface Job {
  /** Not quoted. */
  readonly schema: string;
  /** Not quoted. */
  readonly table: string;
  /** Of the one row to export, in a column `id`; absent: all. */
  readonly id?: number;
  /** Absolute, not there yet: the file or folder to write. */
  readonly out: string;
}

export interface Written extends Cost {
  /** Parquet files, absolute; none where nothing is kept. */
  readonly files: readonly string[];
  /** What the tool says of its own time, in seconds by phase. */
  readonly phases?: Readonly<Record<string, number>>;
}

export interface OpenedAlternative {
  /** Of packages and programs. */
  readonly versions: Readonly<Record<string, string>>;
  /** By what rows are checked; absent: by nothing. */
  readonly validates?: string;
  /** One process from its start to its end. @throws whatever the tool says */
  export(job: Job): Promise<Written>;
}

export interface Alternative {
  readonly id: string;
  readonly name: string;
  /** As a person would call it. */
  readonly how: string;
  /** Where its documentation says so. */
  readonly docs: string;
  readonly note?: string;
  /** What can be had back later, and how; absent: nothing. */
  readonly versions?: string;
  /** The floor writes no file. */
  readonly writes?: false;
  /** @throws Error saying why it can't be had here */
  open(place: Place): Promise<OpenedAlternative>;
}
