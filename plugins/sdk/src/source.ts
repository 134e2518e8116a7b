import type { Column } from './columns.ts';
import type { PluginContext } from './context.ts';
import type { JsonValue } from './json-form.ts';

/** A connection as the configuration, the flags or the environment name it. */
export interface Connection {
  /** e.g. `postgres://user@host/db`, `pglite:./pgdata`. May carry a password: never print it. */
  readonly url?: string;
}

/**
 * What to read. `tables`: names in the order in which they are tried, each `table` or
 * `schema.table`, taken literally, without case folding. `query`: the user's own SQL, one statement.
 */
export type RelationRequest = { readonly tables: readonly string[] } | { readonly query: string };

export const RELATION_KINDS = [
  'table',
  'partitioned table',
  'view',
  'materialized view',
  'foreign table',
  'query',
] as const;
export type RelationKind = (typeof RELATION_KINDS)[number];

/** A relation as it stands at the session's instant. Plain data. */
export interface Relation {
  readonly kind: RelationKind;
  /** Absent for a query. */
  readonly schema?: string;
  /** The table's name as it is; the query's text for a query. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** Names of the primary key's columns in their order; empty where there is none. */
  readonly key: readonly string[];
  /** Whether the source holds a lock under which the relation can't change while it is read. */
  readonly locked: boolean;
  /** The source's guess, for progress and plans; not to be trusted. */
  readonly estimatedRows?: number;
  /** What it takes at the source, by a guess of the same kind. */
  readonly estimatedBytes?: number;
  readonly comment?: string;
}

/** The one moment that a session sees. Plain data; goes into plan and manifest. */
export interface Instant {
  /** The source's own clock at the start of its transaction, UTC, `2025-10-27T10:00:00.123456Z`. */
  readonly time: string;
  readonly server: string;
  readonly database?: string;
  /** The source's name for what is visible, e.g. PostgreSQL's `pg_current_snapshot()`. */
  readonly snapshot?: string;
  /** An approximate position in the source's log, e.g. PostgreSQL's LSN. */
  readonly lsn?: string;
}

export interface SessionRequest {
  readonly connection: Connection;
  /** All that this session will read, resolved and locked before it opens. */
  readonly relations: readonly RelationRequest[];
  /** How many reads the caller would like to run at once; the session may allow fewer. At least 1. */
  readonly jobs: number;
  /**
   * Which attempt of one run this is; absent: the first. There is only a second one where an error of the first was
   * `retryable`: the server is known to be there, so one that does not answer now may be about to come back.
   */
  readonly attempt?: number;
}

/** `column op value`; the value is a text in the column's form, always bound, never SQL. */
export interface Filter {
  readonly column: string;
  readonly op: '=' | '>=' | '<';
  readonly value: string;
}

/** A filter as the source gets it: by its own name of the column. */
export interface ScanFilter extends Filter {
  /** Which of the columns of this name, from 0 in their order; absent: there is one. */
  readonly occurrence?: number;
}

/** One reading of a relation. Plain data. */
export interface Scan {
  /** Index into the session's relations. */
  readonly relation: number;
  /** All must hold. */
  readonly filters: readonly ScanFilter[];
  readonly limit?: number;
  /** Of `of` disjoint parts that together are the whole, this one; as many as `parts` said, where `jobs` > 1. */
  readonly part?: { readonly index: number; readonly of: number };
}

/** Rows of server text: `batch[row][column]`, columns in the relation's order. */
export type TextBatch = readonly (readonly (string | null)[])[];

/**
 * Formats of a byte stream. `csv`: UTF-8; columns in the relation's order, divided by commas; NULL is nothing at all,
 * every value stands between two U+0001, which is doubled inside; every row ends with a line feed. No header. Numbers and truth values are in
 * PostgreSQL's own form, and nobody looks whether it is so: an integer is its digits, with `-` before them where it is below zero, a numeric has a point and more digits behind it or not, a zero no sign, or it is `NaN`,
 * `Infinity` or `-Infinity`, a truth value is `t` or `f`.
 */
export type ByteFormat = 'csv';

/** Some whole rows as bytes, which may change once the next batch is asked for. A row of more than 64 KiB comes alone. */
export interface ByteBatch {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** A scan that a SQL engine can run against the server itself. */
export interface EngineScan {
  readonly dialect: 'duckdb';
  /** Extensions to load first, e.g. `postgres`. */
  readonly extensions: readonly string[];
  /** Statements that attach the server and take over the session's instant, in order. */
  readonly prepare: readonly string[];
  /** A SELECT that gives every column as text, in the relation's order. */
  readonly select: string;
}

/** A condition to which the source holds every row: PostgreSQL's CHECK of a table or of a column's domain. */
export interface SourceCheck {
  readonly name: string;
  /** The condition as the source writes it, for people. */
  readonly sql: string;
  /** The columns that it speaks of, by the source's names. */
  readonly columns: readonly string[];
  /**
   * The same of a row in JSON form, by the source's names: `properties` with what must hold of single columns, under
   * `allOf`, `anyOf` and `not` as often as needed. Every row that the source can hold passes. `null` where JSON Schema
   * can't say it.
   */
  readonly schema: { readonly [keyword: string]: JsonValue } | null;
  /** Why there is no `schema`. */
  readonly reason?: string;
}

/** A session: one instant, for all relations of a run. */
export interface SourceSession {
  readonly instant: Instant;
  /** In the order asked for. */
  readonly relations: readonly Relation[];
  /** How many reads may be open at once, at most what was asked for. */
  readonly jobs: number;

  /**
   * Rows in batches of server text. The next batch is already on its way while the present one is used.
   * Ends only where the source said that all rows were sent; whatever cuts it short throws.
   * @throws SNAPKEEP_SOURCE_LOST, SNAPKEEP_SOURCE_STALLED, SNAPKEEP_SOURCE_FAILED
   */
  rows(scan: Scan, options: { readonly batchRows: number }, context: PluginContext): AsyncIterable<TextBatch>;

  /**
   * The same rows as bytes, where the source has them in this format; else absent or `undefined`. Nothing is read
   * before the first batch is asked for. A batch ends at the latest with each 2,048th row. Ends, and throws, as `rows` does.
   */
  bytes?(scan: Scan, format: ByteFormat, context: PluginContext): Promise<AsyncIterable<ByteBatch> | undefined>;

  /**
   * Into how many parts of some megabytes a scan may be cut, each of which costs the server no more than its own rows. One after the other
   * they are the rows of the whole, in its order where that is the order in which they are stored. One part, and `reason`,
   * where it can't be cut; absent: never.
   */
  parts?(scan: Scan, context: PluginContext): Promise<{ readonly parts: number; readonly reason?: string }>;

  /** The same rows as SQL that an engine runs against the server; else absent or `undefined`. */
  sql?(scan: Scan, context: PluginContext): Promise<EngineScan | undefined>;

  /** What the source holds every row of a relation to beside types and NOT NULL; absent: it knows of nothing. */
  checks?(relation: number, context: PluginContext): Promise<readonly SourceCheck[]>;

  /**
   * Ends the transaction properly. Throws where it can't be: then nothing that was read may be used. Of several relations one
   * whose reading failed need not keep the others from it.
   */
  finish(context: PluginContext): Promise<void>;

  /** Lets everything go, whatever happened before. Never throws; safe to call twice. */
  close(): Promise<void>;
}

/** What `doctor` shows of a source that answered. */
export interface SourceFacts {
  readonly server: string;
  readonly database?: string;
  readonly user?: string;
  /** Names of relations that this user may read, as `schema.table`; at most 1,000. */
  readonly relations: readonly string[];
}

export interface Source {
  /** The connection without its secrets, for messages, e.g. `postgres://ada@db:5432/shop`. */
  describe(connection: Connection, context: PluginContext): string;
  /**
   * Resolves every relation, opens the transaction, locks what can be locked, looks again. An error here and in the
   * session that would not come again in a whole new attempt is `retryable`; the caller decides how often. Where one of
   * several relations can't be opened, the error's `details.relation` is its index.
   * @throws SNAPKEEP_SOURCE_UNREACHABLE, SNAPKEEP_SOURCE_AUTH, SNAPKEEP_TABLE_NOT_FOUND,
   *   SNAPKEEP_SOURCE_PERMISSION, SNAPKEEP_SOURCE_FAILED
   */
  open(request: SessionRequest, context: PluginContext): Promise<SourceSession>;
  /** Connects, looks around, leaves. Same errors as `open`. */
  probe(connection: Connection, context: PluginContext): Promise<SourceFacts>;
}
