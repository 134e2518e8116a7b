import {
  type Instant,
  isSnapkeepError,
  type PluginContext,
  quoteIdentifier,
  type RelationRequest,
  SnapkeepError,
} from '@snapkeep/sdk';
import { describeQuery } from '../catalog/describe-query.ts';
import { describeTable, type ReadableRelation } from '../catalog/describe-table.ts';
import { type ResolvedTable, resolveTable } from '../catalog/resolve-table.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import type { SourceSettings } from '../settings.ts';
import { readInstant } from './instant.ts';
import { lockTables } from './lock.ts';

export interface BegunTransaction {
  readonly instant: Instant;
  readonly serverVersion: number;
  readonly relations: readonly ReadableRelation[];
}

/** What a transaction of ours needs to know beside the relations. */
export interface BeginOptions {
  readonly settings: SourceSettings;
  /** In place of the server's `search_path`. */
  readonly schema: string | undefined;
}

const VERSION = "SELECT pg_catalog.current_setting('server_version_num')";

/** Between the look at a name and the lock a table may be replaced by another; then all begins anew. */
const ATTEMPTS = 3;

/**
 * Resolves every name, begins, locks, and looks again: from here on nothing can change under us.
 * @throws SNAPKEEP_TABLE_NOT_FOUND, SNAPKEEP_SOURCE_PERMISSION, SNAPKEEP_COLUMN_REFUSED, SNAPKEEP_SOURCE_FAILED
 */
export async function beginTransaction(
  connection: ServerConnection,
  requests: readonly RelationRequest[],
  options: BeginOptions,
  context: PluginContext,
): Promise<BegunTransaction> {
  const serverVersion = Number((await connection.query(VERSION, [], context)).rows[0]?.[0]);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const resolved: (ResolvedTable | null)[] = [];
    for (const [index, request] of requests.entries()) {
      resolved.push(
        'query' in request
          ? null
          : await ofRelation(index, requests, () => resolveTable(connection, request.tables, options.schema, context)),
      );
    }
    for (const statement of beginStatements(serverVersion, options)) await connection.query(statement, [], context);
    const locked = await lockTables(connection, resolved.filter(isTable), context);
    if (locked !== 'changed') {
      const instant = await readInstant(connection, context);
      const relations: ReadableRelation[] = [];
      for (const [i, request] of requests.entries()) {
        const table = resolved[i];
        const described = await ofRelation(i, requests, async () => {
          if (table) return describeTable(connection, table, locked.has(table.oid), serverVersion, context);
          return 'query' in request ? describeQuery(connection, request.query, serverVersion, context) : undefined;
        });
        if (described) relations.push(described);
      }
      return { instant, serverVersion, relations };
    }
    await connection.query('ROLLBACK', [], context);
    context.log.verbose('A table was replaced by another while we waited for it; looking again');
  }
  throw connection.errorOf(new Error('the tables were replaced again and again while we tried to lock them'));
}

/** Of several relations a failure says which it is about: whoever asked for them may go on without it. */
async function ofRelation<T>(index: number, requests: readonly RelationRequest[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSnapkeepError(error) || requests.length === 1) throw error;
    const { code, message, hint, notes, details, retryable } = error;
    throw new SnapkeepError(code, message, {
      hint,
      notes,
      details: { ...details, relation: index },
      cause: error.cause,
      retryable,
    });
  }
}

/**
 * The text forms that the SDK promises, and no timeouts of the server's: they would count the time
 * in which the caller works on a batch. SET takes no snapshot, so it may stand before LOCK.
 */
export function beginStatements(serverVersion: number, { settings, schema }: BeginOptions): string[] {
  return [
    'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL bytea_output = 'hex'",
    'SET LOCAL extra_float_digits = 1',
    // A scan that joins another one midway gives the rows in another order each time.
    'SET LOCAL synchronize_seqscans = off',
    'SET LOCAL standard_conforming_strings = on',
    "SET LOCAL client_encoding = 'UTF8'",
    // As pg_dump: rows that a policy hides from this user are an error, not a smaller snapshot.
    ...(settings.rowSecurity ? [] : ['SET LOCAL row_security = off']),
    'SET LOCAL statement_timeout = 0',
    'SET LOCAL idle_in_transaction_session_timeout = 0',
    ...(serverVersion >= 170_000 ? ['SET LOCAL transaction_timeout = 0'] : []),
    `SET LOCAL lock_timeout = ${settings.lockTimeoutMs}`,
    ...(schema === undefined ? [] : [`SET LOCAL search_path = ${quoteIdentifier(schema)}`]),
  ];
}

function isTable(table: ResolvedTable | null): table is ResolvedTable {
  return table !== null;
}
