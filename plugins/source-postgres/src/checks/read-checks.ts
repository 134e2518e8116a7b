import type { Column, PluginContext, SourceCheck } from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';
import { checkOf, type FoundCheck } from './check-of.ts';
import type { CheckedColumn } from './checked-column.ts';

const ENFORCED_SINCE = 180_000;
const DETERMINISTIC_SINCE = 120_000;

/** Of each column the type under its domains, and whether its texts are equal only where their characters are. */
const columnsSql = (serverVersion: number) => `
WITH RECURSIVE chain (attnum, attname, collated, type, depth) AS (
  SELECT a.attnum, a.attname, a.attcollation, a.atttypid, 0 FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT c.attnum, c.attname, c.collated, t.typbasetype, c.depth + 1
  FROM chain c JOIN pg_catalog.pg_type t ON t.oid = c.type AND t.typtype = 'd')
SELECT DISTINCT ON (c.attnum) c.attname, t.typname,
  ${serverVersion < DETERMINISTIC_SINCE ? 'true' : 'coalesce(l.collisdeterministic, true)'}
FROM chain c JOIN pg_catalog.pg_type t ON t.oid = c.type LEFT JOIN pg_catalog.pg_collation l ON l.oid = c.collated
ORDER BY c.attnum, c.depth DESC`;

const checksSql = (serverVersion: number) => {
  const enforced = serverVersion < ENFORCED_SINCE ? 'true' : 'k.conenforced';
  return `
WITH RECURSIVE chain (attnum, attname, type) AS (
  SELECT a.attnum, a.attname, a.atttypid FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT c.attnum, c.attname, t.typbasetype
  FROM chain c JOIN pg_catalog.pg_type t ON t.oid = c.type AND t.typtype = 'd')
SELECT c.attname, k.conname, pg_catalog.pg_get_expr(k.conbin, 0), k.convalidated, ${enforced}, true
FROM chain c JOIN pg_catalog.pg_constraint k ON k.contypid = c.type AND k.contype = 'c'
UNION ALL
SELECT NULL, k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid), k.convalidated, ${enforced} AND r.relkind <> 'f',
  NOT k.connoinherit OR NOT r.relhassubclass
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.conrelid
WHERE k.conrelid = $1::oid AND k.contype = 'c'
ORDER BY 1 NULLS LAST, 2`;
};

/** Every CHECK of a table and of its columns' domains, each with what JSON Schema can say of it. */
export async function readChecks(
  connection: ServerConnection,
  oid: string,
  columns: readonly Column[],
  serverVersion: number,
  context: PluginContext,
): Promise<SourceCheck[]> {
  const doing = { doing: 'look up CHECK constraints' };
  const found = (await connection.query(checksSql(serverVersion), [oid], context, doing)).rows.map(foundCheck);
  if (found.length === 0) return [];
  const facts = await connection.query(columnsSql(serverVersion), [oid], context, doing);
  const byName = new Map(facts.rows.map(([name, base, exact]) => [name, { base: base ?? '', exact: exact === 't' }]));
  const checked = new Map<string, CheckedColumn>(
    columns.map((column) => [column.name, { ...column, base: '', exact: false, ...byName.get(column.name) }]),
  );
  return Promise.all(found.map((check) => checkOf(check, checked)));
}

function foundCheck([domainOf, name, sql, ...facts]: readonly (string | null)[]): FoundCheck {
  return { domainOf: domainOf ?? null, name: name ?? '', sql: sql ?? '', holds: whetherItHolds(facts) };
}

function whetherItHolds([validated, enforced, everywhere]: readonly (string | null)[]): FoundCheck['holds'] {
  if (enforced !== 't') return 'the server does not enforce it';
  if (validated !== 't') return 'it is NOT VALID: older rows may break it';
  return everywhere === 't' ? true : 'it is NO INHERIT: rows of child tables may break it';
}
