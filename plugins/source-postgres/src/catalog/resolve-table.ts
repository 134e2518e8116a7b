import { escapeControls, type PluginContext, type RelationKind, SnapkeepError, shorten } from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';
import { tableNotFound } from './nearest-table.ts';

/** A relation as its names say, before anything is locked. */
export interface ResolvedTable {
  readonly oid: string;
  readonly schema: string;
  readonly name: string;
  readonly kind: Exclude<RelationKind, 'query'>;
}

const KINDS: Readonly<Record<string, ResolvedTable['kind']>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** A name as it may be meant: whole, in the search path; or parted at one of its dots. */
interface Candidate {
  readonly schema: string | null;
  readonly name: string;
}

/** `current_schemas` holds only schemas that this user may look into, in the order in which they are searched. */
const RESOLVE = `
SELECT c.oid::text, n.nspname, c.relname, c.relkind::text,
  has_schema_privilege(n.oid, 'USAGE') AND (has_table_privilege(c.oid, 'SELECT') OR hidden.names IS NULL),
  CASE WHEN has_any_column_privilege(c.oid, 'SELECT') THEN hidden.names END
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (schema, name, position)
CROSS JOIN LATERAL unnest(
  CASE WHEN wanted.schema IS NOT NULL THEN ARRAY[wanted.schema::name]
  WHEN $3::text IS NOT NULL THEN ARRAY[$3::name]
  ELSE pg_catalog.current_schemas(true) END) WITH ORDINALITY AS searched (schema, position)
JOIN pg_catalog.pg_namespace n ON n.nspname = searched.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name
CROSS JOIN LATERAL (
  SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS names FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')) AS hidden
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND octet_length(wanted.name) < 64
ORDER BY wanted.position, searched.position
LIMIT 1`;

/**
 * The first relation that one of the names means. A name is taken whole first, so that a table
 * whose own name holds a dot is found; then as `schema.table`.
 * @throws SNAPKEEP_TABLE_NOT_FOUND, SNAPKEEP_SOURCE_PERMISSION
 */
export async function resolveTable(
  connection: ServerConnection,
  names: readonly string[],
  schema: string | undefined,
  context: PluginContext,
): Promise<ResolvedTable> {
  for (const name of names) {
    const candidates = candidatesOf(name);
    const answer = await connection.query(
      RESOLVE,
      [arrayLiteral(candidates.map((c) => c.schema)), arrayLiteral(candidates.map((c) => c.name)), schema ?? null],
      context,
      { doing: `look up ${name}` },
    );
    const [oid, found, table, kind, readable, hidden] = answer.rows[0] ?? [];
    if (!oid || !found || !table || !kind) continue;
    const known = KINDS[kind];
    if (known === undefined) continue;
    if (readable !== 't') {
      throw new SnapkeepError(
        'SNAPKEEP_SOURCE_PERMISSION',
        `${connection.place.label}: this user may not read ${columnsOf(hidden)}${escapeControls(`${found}.${table}`)}`,
        { ...hintFor(hidden), details: { schema: found, table, sqlstate: '42501' } },
      );
    }
    return { oid, schema: found, name: table, kind: known };
  }
  throw await tableNotFound(connection, names, context);
}

/** @param hidden - columns that this user may not read, quoted; nothing where it may read none at all */
function columnsOf(hidden: string | null | undefined): string {
  return hidden ? `${shorten(hidden, 300)} of ` : '';
}

function hintFor(hidden: string | null | undefined): { hint?: string } {
  if (!hidden) return {};
  return { hint: 'GRANT SELECT on these columns, or name those that it may read in a query: of the dataset.' };
}

function candidatesOf(name: string): Candidate[] {
  const candidates: Candidate[] = [{ schema: null, name }];
  for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) {
    if (at > 0 && at < name.length - 1) candidates.push({ schema: name.slice(0, at), name: name.slice(at + 1) });
  }
  return candidates;
}

/** A text[] in PostgreSQL's own form. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
export function arrayLiteral(items: readonly (string | null)[]): string {
  const written = items.map((item) => (item === null ? 'NULL' : `"${item.replace(/["\\]/g, '\\$&')}"`));
  return `{${written.join(',')}}`;
}
