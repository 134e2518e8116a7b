import { isSnapkeepError, type PluginContext, quoteIdentifier } from '@snapkeep/sdk';
import type { ReadableRelation } from '../catalog/describe-table.ts';
import { arrayLiteral, type ResolvedTable } from '../catalog/resolve-table.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import type { SourceSettings } from '../settings.ts';

/** LOCK TABLE takes views since PostgreSQL 11; never materialised views and foreign tables. */
const LOCKABLE: Readonly<Record<ResolvedTable['kind'], 'always' | 'if allowed' | 'never'>> = {
  table: 'always',
  'partitioned table': 'always',
  view: 'if allowed',
  'materialized view': 'never',
  'foreign table': 'never',
};

/**
 * Locks what can be locked in ACCESS SHARE, before the transaction's first snapshot: TRUNCATE and
 * ALTER are not seen in snapshots, they have to wait. Then looks whether the names still mean what
 * they meant. Gives the object ids of the locked, or `changed`.
 * @throws SNAPKEEP_SOURCE_PERMISSION, SNAPKEEP_SOURCE_FAILED
 */
export async function lockTables(
  connection: ServerConnection,
  tables: readonly ResolvedTable[],
  context: PluginContext,
): Promise<ReadonlySet<string> | 'changed'> {
  const locked = new Set<string>();
  // Always in one order, so that two runs can't wait for each other.
  for (const table of tables.toSorted((a, b) => Number(a.oid) - Number(b.oid))) {
    if (locked.has(table.oid) || LOCKABLE[table.kind] === 'never') continue;
    await connection.query('SAVEPOINT snapkeep_lock', [], context);
    try {
      const text = `LOCK TABLE ${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)} IN ACCESS SHARE MODE`;
      await connection.query(text, [], context, { doing: `lock ${table.schema}.${table.name}`, wantsLock: true });
      await connection.query('RELEASE SAVEPOINT snapkeep_lock', [], context);
      locked.add(table.oid);
    } catch (error) {
      const state = isSnapkeepError(error) ? error.details.sqlstate : undefined;
      // Undefined table, undefined schema, wrong kind of object: it was replaced.
      if (state === '42P01' || state === '3F000') return 'changed';
      if (LOCKABLE[table.kind] === 'always' || typeof state !== 'string' || state === '55P03') throw error;
      await connection.query('ROLLBACK TO SAVEPOINT snapkeep_lock', [], context);
      context.log.verbose(`${table.schema}.${table.name} can’t be locked: it is read without a lock`);
    }
  }
  return (await unchanged(connection, tables, context)) ? locked : 'changed';
}

/** How long a lock may take that only somebody who waits for us can keep from us. */
const AT_ONCE_MS = 1_000;

/**
 * Takes the locks that the session's first connection holds for another one too, before it reads. Otherwise somebody who
 * meanwhile waits for an exclusive lock would wait for the first connection, and this one for them, for good: PostgreSQL
 * sees no deadlock where the two are ours. (pg_dump's workers do the same, with NOWAIT.)
 */
export async function lockAtOnce(
  connection: ServerConnection,
  relations: readonly ReadableRelation[],
  settings: SourceSettings,
  context: PluginContext,
): Promise<void> {
  await connection.query(`SET LOCAL lock_timeout = ${AT_ONCE_MS}`, [], context);
  for (const { relation, from } of relations) {
    // Planning a query locks what it reads.
    const text = relation.locked ? `LOCK TABLE ${from} IN ACCESS SHARE MODE` : `EXPLAIN SELECT FROM ${from}`;
    await connection.query(text, [], context, { doing: 'lock what another connection has locked' });
  }
  await connection.query(`SET LOCAL lock_timeout = ${settings.lockTimeoutMs}`, [], context);
}

const SAME = `
SELECT count(*) = cardinality($1::oid[])
FROM unnest($1::oid[], $2::text[], $3::text[]) AS before (oid, schema, name)
JOIN pg_catalog.pg_class c ON c.oid = before.oid AND c.relname = before.name
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = before.schema`;

async function unchanged(
  connection: ServerConnection,
  tables: readonly ResolvedTable[],
  context: PluginContext,
): Promise<boolean> {
  const values = [
    arrayLiteral(tables.map((table) => table.oid)),
    arrayLiteral(tables.map((table) => table.schema)),
    arrayLiteral(tables.map((table) => table.name)),
  ];
  const answer = await connection.query(SAME, values, context, { doing: 'look at the tables again' });
  return answer.rows[0]?.[0] === 't';
}
