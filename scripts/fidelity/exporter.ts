/** Longer than any tool takes for a handful of rows. */
export const TIMEOUT_MS = 60_000;

/** One table, or one row of it, into a Parquet file. */
export interface Job {
  readonly table: string;
  /** Of the one row; null for all. */
  readonly id: number | null;
  /** Absolute; not there yet. */
  readonly out: string;
}

/** What a tool's process says to a job. */
export interface Answer {
  readonly error?: string;
  /** The column was refused for its type, whatever is in it. */
  readonly beforeReading?: boolean;
}

/** A column that a tool refuses for its type: no value of it need be tried. */
export class ColumnRefused extends Error {}

export interface Exporter {
  /** @throws whatever the tool says; {@link ColumnRefused} where that holds for any value */
  export(job: Job): Promise<void>;
  close(): Promise<void>;
}

export interface Opened {
  readonly exporter: Exporter;
  readonly versions: Readonly<Record<string, string>>;
}

export interface Place {
  /** `postgresql://…` with its password. */
  readonly url: string;
  /** Absolute; of this run alone. */
  readonly folder: string;
  /** Whether a tool that is only to be had as source may be built, which takes long. */
  readonly build: boolean;
}
