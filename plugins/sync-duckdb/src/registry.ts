import type { SyncRequest } from '@snapkeep/sdk';
import type { Database } from './database.ts';

/** Where a DuckDB file says what snapkeep put into it. */
export const REGISTRY_SCHEMA = 'snapkeep';
const REGISTRY_TABLE = 'datasets';

/**
 * One row for each relation that is ours. `version` is NULL for a snapshot that is no version and for a view that
 * follows `latest`, which `follows` then says.
 */
const DEFINITION = `(
  schema_name VARCHAR NOT NULL,
  relation_name VARCHAR NOT NULL,
  dataset VARCHAR NOT NULL,
  version BIGINT,
  follows VARCHAR,
  snapshot VARCHAR NOT NULL,
  mode VARCHAR NOT NULL,
  rows BIGINT NOT NULL,
  synced_at TIMESTAMP WITH TIME ZONE NOT NULL
)`;

export class Registry {
  readonly #database: Database;
  readonly #table: string;

  /** @param catalog - the database's quoted name, so that a schema of the same name can't be mistaken for it */
  constructor(database: Database, catalog: string) {
    this.#database = database;
    this.#table = `${catalog}.${REGISTRY_SCHEMA}.${REGISTRY_TABLE}`;
  }

  async create(catalog: string): Promise<void> {
    await this.#database.run(`CREATE SCHEMA IF NOT EXISTS ${catalog}.${REGISTRY_SCHEMA}`);
    await this.#database.run(`CREATE TABLE IF NOT EXISTS ${this.#table} ${DEFINITION}`);
  }

  /** Whether the relation is ours. DuckDB's names ignore case. */
  async holds(schema: string, name: string): Promise<boolean> {
    const rows = await this.#database.rows(
      `SELECT 1 FROM ${this.#table} WHERE lower(schema_name) = lower($1) AND lower(relation_name) = lower($2)`,
      [schema, name],
    );
    return rows.length > 0;
  }

  async record(request: SyncRequest): Promise<void> {
    const { schema, name, dataset, version, snapshot, mode, rows } = request;
    const follows = followsLatest(request);
    await this.#database.run(
      `DELETE FROM ${this.#table} WHERE lower(schema_name) = lower($1) AND lower(relation_name) = lower($2)`,
      [schema, name],
    );
    await this.#database.run(
      `INSERT INTO ${this.#table} VALUES ($1, $2, $3, $4::BIGINT, $5::VARCHAR, $6, $7, $8::BIGINT, current_timestamp)`,
      [schema, name, dataset, follows ? null : version, follows ? 'latest' : null, snapshot, mode, rows],
    );
  }
}

/** Only a view can follow: a table is a copy. */
function followsLatest({ mode, followLatest }: SyncRequest): boolean {
  return mode === 'view' && followLatest;
}
