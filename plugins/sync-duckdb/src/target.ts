import {
  type Log,
  messageOf,
  quoteIdentifier,
  SnapkeepError,
  type SyncRequest,
  type SyncResult,
  type SyncTarget,
} from '@snapkeep/sdk';
import { checkIndexColumns } from './columns.ts';
import { type Database, withDatabase } from './database.ts';
import { syncFailure } from './failures.ts';
import { Registry } from './registry.ts';
import { countRows, createIndexes, createNew, dropOld } from './relation.ts';

/** A DuckDB database file that holds each dataset as a view on its Parquet files or as a table with indexes. */
export const duckdbTarget: SyncTarget = {
  async sync(request, context) {
    if (request.files.length === 0) {
      throw new SnapkeepError('SNAPKEEP_SYNC_FAILED', `The snapshot ${request.snapshot} has no Parquet file`);
    }
    if (request.mode === 'table') checkIndexColumns(request);
    const relation = `${quoteIdentifier(request.schema)}.${quoteIdentifier(request.name)}`;
    return withDatabase(request.to, request.files, context, async (database) => {
      try {
        const result = await inTransaction(database, () => replace(database, relation, request));
        await checkpoint(database, context.log);
        return result;
      } catch (error) {
        context.signal.throwIfAborted();
        throw syncFailure(request.to, relation, error);
      }
    });
  },
};

/** Into the main file, so that it can be copied without its log. What is committed stays so where this fails. */
async function checkpoint(database: Database, log: Log): Promise<void> {
  try {
    await database.connection.run('CHECKPOINT');
  } catch (error) {
    log.verbose(`duckdb: the log was not folded into the file: ${messageOf(error)}`);
  }
}

async function inTransaction<T>(database: Database, work: () => Promise<T>): Promise<T> {
  await database.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await database.run('COMMIT');
    return result;
  } catch (error) {
    // Straight to the connection: an aborted run must roll back too. What failed is the cause, not this.
    await database.connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Old relation out, new one in, counted and recorded, all in the transaction around it. */
async function replace(database: Database, relation: string, request: SyncRequest): Promise<SyncResult> {
  const [[name] = []] = await database.rows('SELECT current_database()');
  const catalog = quoteIdentifier(String(name));
  const qualified = `${catalog}.${relation}`;
  const registry = new Registry(database, catalog);

  await registry.create(catalog);
  await dropOld(database, registry, qualified, request);
  await database.run(`CREATE SCHEMA IF NOT EXISTS ${catalog}.${quoteIdentifier(request.schema)}`);
  await createNew(database, qualified, request);
  const indexes = request.mode === 'table' ? await createIndexes(database, qualified, request) : [];
  const rows = await countRows(database, qualified);
  if (rows !== request.rows) {
    throw new SnapkeepError(
      'SNAPKEEP_SYNC_MISMATCH',
      `${relation} would show ${rows} rows, and the manifest of ${request.snapshot} says ${request.rows}`,
      { details: { relation, rows, expectedRows: request.rows } },
    );
  }
  await registry.record(request);
  return {
    to: request.to,
    relation: await shownName(database, String(name), request),
    mode: request.mode,
    rows,
    indexes,
  };
}

/**
 * The name for people, quoted where it must be. DuckDB takes the first part for the database where file and schema
 * share their name, e.g. schema `analytics` in analytics.duckdb.
 */
async function shownName(database: Database, catalog: string, { schema, name }: SyncRequest): Promise<string> {
  const parts = catalog.toLowerCase() === schema.toLowerCase() ? [catalog, schema, name] : [schema, name];
  const reserved = await database.rows(
    `SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'`,
  );
  const words = new Set(reserved.flat());
  return parts
    .map((part) => (/^[a-z_]\w*$/i.test(part) && !words.has(part.toLowerCase()) ? part : quoteIdentifier(part)))
    .join('.');
}
