import { type Instant, isSnapkeepError, type PluginContext } from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';

const CLOCK = `
SELECT to_char(transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  current_setting('server_version'), current_database()`;

/** The moment that the transaction sees. Snapshot and LSN are left out where the server won't tell. */
export async function readInstant(connection: ServerConnection, context: PluginContext): Promise<Instant> {
  const [time, version, database] =
    (await connection.query(CLOCK, [], context, { doing: 'read the clock' })).rows[0] ?? [];
  const snapshot = await optional(connection, 'SELECT pg_catalog.pg_current_snapshot()::text', context);
  const lsn = await optional(
    connection,
    `SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
      ELSE pg_catalog.pg_current_wal_lsn() END::text`,
    context,
  );
  return {
    time: time ?? '',
    server: serverName(version ?? ''),
    ...(database ? { database } : {}),
    ...(snapshot ? { snapshot } : {}),
    ...(lsn ? { lsn } : {}),
  };
}

/** `18.4 (Debian 18.4-1.pgdg13+1)` is PostgreSQL 18.4. */
export function serverName(version: string): string {
  return `PostgreSQL ${version.split(' ')[0]}`;
}

/** One value, or `undefined` where the server has no such function or does not allow it. */
async function optional(
  connection: ServerConnection,
  sql: string,
  context: PluginContext,
): Promise<string | undefined> {
  await connection.query('SAVEPOINT snapkeep_optional', [], context);
  try {
    const value = (await connection.query(sql, [], context)).rows[0]?.[0] ?? undefined;
    await connection.query('RELEASE SAVEPOINT snapkeep_optional', [], context);
    return value;
  } catch (error) {
    if (!isSnapkeepError(error) || typeof error.details.sqlstate !== 'string' || connection.broken) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT snapkeep_optional', [], context);
    return undefined;
  }
}
