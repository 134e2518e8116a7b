import { escapeControls, likest, nearest, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
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

const MAX_NAMED = 3;

/** The error for names none of which exists, with the nearest names that do. */
export async function tableNotFound(
  connection: ServerConnection,
  tried: readonly string[],
  context: PluginContext,
): Promise<SnapkeepError> {
  const tables = await readableTables(connection, 5000, context);
  const near = nearestNames(tried, tables);
  const names = tried.map((name) => escapeControls(name)).join(', ');
  return new SnapkeepError(
    'SNAPKEEP_TABLE_NOT_FOUND',
    `${connection.place.label}: no table or view is called ${names}${guessOf(tried, near, tables)}`,
    { details: { tried: [...tried], nearest: near[0] ?? null, candidates: near } },
  );
}

interface TableName {
  readonly schema: string;
  readonly name: string;
}

function guessOf(tried: readonly string[], near: readonly string[], tables: readonly TableName[]): string {
  const shown = near.map((name) => escapeControls(name));
  if (shown.length > 0) return `; did you mean ${shown.join(' or ')}?`;
  if (tables.length === 0) return '; there is none that this user may read';
  const [wanted = ''] = tried;
  const own = wanted.slice(wanted.lastIndexOf('.') + 1);
  const likestNames = likest(own, new Set(tables.map(({ name }) => name)), MAX_NAMED);
  const some = likestNames
    .flatMap((name) => tables.filter((table) => table.name === name).map(shownName))
    .slice(0, MAX_NAMED)
    .map(escapeControls);
  return `; there ${tables.length === 1 ? 'is' : 'are'} ${some.join(', ')}${tables.length > MAX_NAMED ? ', …' : ''}`;
}

function shownName({ schema, name }: TableName): string {
  return schema === 'public' ? name : `${schema}.${name}`;
}

/** Nearest first; of equally near ones those written in small letters where the wanted name is, and the reverse. */
function nearestNames(tried: readonly string[], tables: readonly TableName[]): string[] {
  const found = new Set<string>();
  for (const wanted of tried) {
    const ordered = tables.toSorted(
      (a, b) => Number(isLower(b.name) === isLower(wanted)) - Number(isLower(a.name) === isLower(wanted)),
    );
    // Each table by its name and by its whole name: either may be what was mistyped.
    const left = new Map<string, Set<string>>();
    const add = (key: string, table: TableName) => left.set(key, (left.get(key) ?? new Set()).add(shownName(table)));
    for (const table of ordered) {
      add(table.name, table);
      add(`${table.schema}.${table.name}`, table);
    }
    for (let near = nearest(wanted, left.keys()); near !== undefined; near = nearest(wanted, left.keys())) {
      for (const name of left.get(near) ?? []) if (found.size < MAX_NAMED) found.add(name);
      if (found.size >= MAX_NAMED) return [...found];
      left.delete(near);
    }
  }
  return [...found];
}

function isLower(name: string): boolean {
  return name === name.toLowerCase();
}
