import {
  type Column,
  escapeControls,
  type PluginContext,
  quoteIdentifier,
  type Relation,
  SnapkeepError,
} from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';
import { type ColumnAccess, columnAccess, logicalType, withDimensions } from './logical-type.ts';
import { printsRawBytes } from './raw-bytes.ts';
import type { ResolvedTable } from './resolve-table.ts';
import { loadTypes } from './type-catalog.ts';

/** A relation and what reading it needs beside that. */
export interface ReadableRelation {
  readonly relation: Relation;
  /** In the catalog; `null` for a query. */
  readonly oid: string | null;
  /** What stands behind FROM. */
  readonly from: string;
  /** Of each column, in order. */
  readonly access: readonly ColumnAccess[];
  /** Indexes of the columns whose text may hold bytes that are no UTF-8. */
  readonly rawBytes: readonly number[];
  /** Blocks of the largest part, where its rows can be parted by their place; else `null`. */
  readonly heapBlocks: number | null;
}

/** PostgreSQL 18 sets `attnotnull` also for a constraint that is NOT VALID, under which old rows may hold NULL. */
const COLUMNS = `
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid::text, a.atttypmod::text,
  a.attnotnull AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND NOT k.convalidated AND a.attnum = ANY (k.conkey)),
  pg_catalog.col_description(a.attrelid, a.attnum), a.attndims::text
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`;

const KEY = `
SELECT a.attname
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS part (attnum, position)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.attnum
WHERE i.indrelid = $1::oid AND i.indisprimary AND i.indisvalid AND part.position <= i.indnkeyatts
ORDER BY part.position`;

/** Rows by the last ANALYZE; NULL where a part was never analysed. Blocks only where everything is an ordinary heap. */
const SIZE = `
WITH RECURSIVE tree (oid) AS (
  SELECT $1::oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid)
SELECT CASE WHEN bool_or(c.reltuples < 0 OR (c.reltuples = 0 AND c.relpages = 0)) THEN NULL
    ELSE round(sum(c.reltuples::numeric))::text END,
  CASE WHEN bool_and(c.relkind = 'r' AND m.amname = 'heap')
    THEN max(pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::int)::text END,
  pg_catalog.obj_description($1::oid, 'pg_class'), sum(pg_catalog.pg_table_size(c.oid))::text
FROM tree JOIN pg_catalog.pg_class c ON c.oid = tree.oid LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
WHERE c.relkind <> 'p'`;

/** The table as the catalog has it at the session's instant. @throws SNAPKEEP_COLUMN_REFUSED without any column */
export async function describeTable(
  connection: ServerConnection,
  table: ResolvedTable,
  locked: boolean,
  serverVersion: number,
  context: PluginContext,
): Promise<ReadableRelation> {
  const ask = (sql: string) =>
    connection.query(sql, [table.oid], context, { doing: `look up ${table.schema}.${table.name}` });
  const { rows } = await ask(COLUMNS);
  if (rows.length === 0) {
    throw new SnapkeepError(
      'SNAPKEEP_COLUMN_REFUSED',
      `${escapeControls(`${table.schema}.${table.name}`)} has no columns, and a Parquet file needs one`,
    );
  }
  const types = await loadTypes(
    connection,
    rows.map((row) => row[2] ?? '0'),
    serverVersion,
    context,
  );
  const columns = rows.map(
    ([name, sourceType, oid, typmod, notNull, comment, dimensions]): Column => ({
      name: name ?? '',
      sourceType: sourceType ?? '',
      type: withDimensions(logicalType(oid ?? '0', Number(typmod), types), Number(dimensions)),
      // A domain's own NOT NULL does not count: a column of that type can still hold NULL (CREATE DOMAIN, Notes).
      nullable: notNull !== 't',
      ...(comment ? { comment } : {}),
    }),
  );
  const key = (await ask(KEY)).rows.map(([name]) => name ?? '');
  const [estimate, blocks, comment, bytes] = (await ask(SIZE)).rows[0] ?? [];
  const estimated = table.kind === 'view' ? null : estimate;
  return {
    relation: {
      kind: table.kind,
      schema: table.schema,
      name: table.name,
      columns,
      key,
      locked,
      ...(estimated ? { estimatedRows: Number(estimated) } : {}),
      ...(table.kind === 'view' || !bytes ? {} : { estimatedBytes: Number(bytes) }),
      ...(comment ? { comment } : {}),
    },
    oid: table.oid,
    from: `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`,
    rawBytes: rows.flatMap(([, , oid], i) => (printsRawBytes(oid ?? '0', types, serverVersion) ? [i] : [])),
    access: rows.map(([name, , oid]) => columnAccess(quoteIdentifier(name ?? ''), oid ?? '0', types)),
    heapBlocks: blocks ? Number(blocks) : null,
  };
}
