import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { type PluginContext, quoteLiteral, SnapkeepError, shorten } from '@snapkeep/sdk';
import { openFailure } from './failures.ts';

/** An open DuckDB file: the few calls that a sync needs. */
export interface Database {
  readonly connection: DuckDBConnection;
  run(sql: string, values?: readonly DuckDBValue[]): Promise<void>;
  rows(sql: string, values?: readonly DuckDBValue[]): Promise<DuckDBValue[][]>;
}

/**
 * Opens the file, lets it read `files`, what lies beside them, and nothing else of the machine, and closes it whatever happens.
 * A file that this call made is removed again where `work` fails.
 * @throws SNAPKEEP_SYNC_BUSY, SNAPKEEP_SYNC_FAILED
 */
export async function withDatabase<T>(
  to: string,
  files: readonly string[],
  { log, signal }: PluginContext,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const isNew = !existsSync(to);
  const instance = await openInstance(to);
  let done = false;
  try {
    const connection = await instance.connect();
    const interrupt = () => connection.interrupt();
    signal.addEventListener('abort', interrupt);
    try {
      const database = createDatabase(connection, signal, (sql) => log.debug(`duckdb: ${sql}`));
      await restrict(database, files);
      const result = await work(database);
      done = true;
      return result;
    } finally {
      signal.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
    if (isNew && !done) await Promise.all([rm(to, { force: true }), rm(`${to}.wal`, { force: true })]);
  }
}

async function openInstance(to: string): Promise<DuckDBInstance> {
  if (!path.isAbsolute(to)) {
    throw new SnapkeepError('SNAPKEEP_SYNC_FAILED', `${shorten(to)} is not the path of a DuckDB file`, {
      hint: 'Name a local file in sync[].to, e.g. analytics.duckdb.',
      details: { to },
    });
  }
  try {
    await mkdir(path.dirname(to), { recursive: true });
    return await DuckDBInstance.create(to, {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
  } catch (error) {
    throw openFailure(to, error);
  }
}

/** The files of the snapshot, and others beside them, can be read; nothing else, no network, no extension. */
async function restrict(database: Database, files: readonly string[]): Promise<void> {
  const folders = new Set(files.map((file) => path.dirname(file)));
  await database.run(`SET allowed_directories = [${[...folders].map(quoteLiteral).join(', ')}]`);
  await database.run('SET enable_external_access = false');
  await database.run('SET lock_configuration = true');
}

function createDatabase(connection: DuckDBConnection, signal: AbortSignal, tell: (sql: string) => void): Database {
  async function read(sql: string, values: readonly DuckDBValue[] = []): Promise<DuckDBValue[][]> {
    signal.throwIfAborted();
    tell(sql);
    try {
      return (await connection.runAndReadAll(sql, [...values])).getRows();
    } catch (error) {
      // An interrupted statement fails with a message of its own; the cause is the signal's.
      signal.throwIfAborted();
      throw error;
    }
  }
  return {
    connection,
    rows: read,
    run: async (sql, values) => {
      await read(sql, values);
    },
  };
}
