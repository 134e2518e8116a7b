import { escapeControls, nearest, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';

const READABLE = `
SELECT n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1, 2
LIMIT `;

/** Relations that this user may read, as `schema.table`; neither the system's own nor single partitions. */
export async function readableTables(
  connection: ServerConnection,
  limit: number,
  context: PluginContext,
): Promise<{ readonly schema: string; readonly name: string }[]> {
  const answer = await connection.query(`${READABLE}${limit}`, [], context, { doing: 'list the tables' });
  return answer.rows.map(([schema, name]) => ({ schema: schema ?? '', name: name ?? '' }));
}

/** The error for names none of which exists, with the nearest name that does. */
export async function tableNotFound(
  connection: ServerConnection,
  tried: readonly string[],
  context: PluginContext,
): Promise<SnapkeepError> {
  const near = nearestName(tried, await readableTables(connection, 5000, context));
  const names = tried.map((name) => escapeControls(name)).join(', ');
  const guess = near === null ? '' : `; did you mean ${escapeControls(near)}?`;
  return new SnapkeepError(
    'SNAPKEEP_TABLE_NOT_FOUND',
    `${connection.place.label}: no table or view is called ${names}${guess}`,
    { details: { tried: [...tried], nearest: near } },
  );
}

function nearestName(
  tried: readonly string[],
  tables: readonly { readonly schema: string; readonly name: string }[],
): string | null {
  const shown = new Map<string, string>();
  for (const { schema, name } of tables) {
    const full = `${schema}.${name}`;
    shown.set(full, schema === 'public' ? name : full);
    if (!shown.has(name) || schema === 'public') shown.set(name, schema === 'public' ? name : full);
  }
  for (const wanted of tried) {
    const near = nearest(wanted, shown.keys());
    if (near !== undefined) return shown.get(near) ?? null;
  }
  return null;
}
