import { escapeControls, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { distance } from 'fastest-levenshtein';
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
  const nearest = nearestName(tried, await readableTables(connection, 5000, context));
  const names = tried.map((name) => escapeControls(name)).join(', ');
  const guess = nearest === null ? '' : `; did you mean ${escapeControls(nearest)}?`;
  return new SnapkeepError(
    'SNAPKEEP_TABLE_NOT_FOUND',
    `${connection.place.label}: no table or view is called ${names}${guess}`,
    { details: { tried: [...tried], nearest } },
  );
}

function nearestName(
  tried: readonly string[],
  tables: readonly { readonly schema: string; readonly name: string }[],
): string | null {
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const wanted of tried.map((name) => name.toLowerCase())) {
    for (const { schema, name } of tables) {
      const full = `${schema}.${name}`;
      const away = Math.min(distance(wanted, name.toLowerCase()), distance(wanted, full.toLowerCase()));
      // A third of the letters may differ: more is another word, not a slip.
      if (away < least && away <= Math.max(2, wanted.length / 3)) {
        least = away;
        best = schema === 'public' ? name : full;
      }
    }
  }
  return best;
}
