import { isSnapkeepError, type LogicalType, type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import type { ReadableRelation } from '../catalog/describe-table.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import type { ScanSql } from './scan-sql.ts';

/** Before a scan, so that the transaction outlives its failure and can be asked for the reason. */
export const BEFORE_SCAN = 'SAVEPOINT snapkeep_scan';
export const END_SCAN = 'RELEASE SAVEPOINT snapkeep_scan';
export const UNDO_SCAN = 'ROLLBACK TO SAVEPOINT snapkeep_scan';

/** character_not_in_repertoire: bytes that are no text in the encoding that was asked for. */
const NOT_TEXT = '22021';

const ASCII_KINDS: ReadonlySet<LogicalType['kind']> = new Set([
  'boolean',
  'integer',
  'float',
  'decimal',
  'numeric',
  'uuid',
  'bytes',
  'date',
  'time',
  'timestamp',
  'interval',
]);

const NEXT = '[89ab][0-9a-f]';
/** Well-formed UTF-8 (Unicode, table 3-7), a pair of hex digits a byte. */
const UTF8_HEX = `^(?:[0-7][0-9a-f]|(?:c[2-9a-f]|d[0-9a-f])${NEXT}|e0[ab][0-9a-f]${NEXT}|ed[89][0-9a-f]${NEXT}|e[1-9a-cef](?:${NEXT}){2}|f0[9ab][0-9a-f](?:${NEXT}){2}|f[1-3](?:${NEXT}){3}|f48[0-9a-f](?:${NEXT}){2})*$`;

const bytesOf = (value: string) => `pg_catalog.convert_to((${value})::text, 'SQL_ASCII')`;
/** As PostgreSQL escapes bytes: what is no ASCII becomes three octal digits. */
const shown = (value: string) => `pg_catalog.encode(pg_catalog.substr(${bytesOf(value)}, 1, 200), 'escape')`;

/**
 * A database in SQL_ASCII takes any bytes for text. Where a scan failed on some that are no UTF-8, the column and the
 * row are looked for.
 * @param error - what the scan threw; gives it back where it has another reason, or where the row isn't found
 */
export async function explainUndecodable(
  error: unknown,
  connection: ServerConnection,
  readable: ReadableRelation,
  scan: ScanSql,
  context: PluginContext,
): Promise<unknown> {
  if (!isSnapkeepError(error) || error.details.sqlstate !== NOT_TEXT || connection.broken) return error;
  try {
    await connection.query(UNDO_SCAN, [], context);
    const encoding = (await connection.query('SHOW server_encoding', [], context)).rows[0]?.[0];
    if (encoding !== 'SQL_ASCII') return error;
    return (await findRow(connection, readable, scan, context)) ?? error;
  } catch (failure) {
    if (context.signal.aborted) return failure;
    context.log.verbose('The row whose bytes are no UTF-8 could not be found');
    return error;
  }
}

async function findRow(
  connection: ServerConnection,
  { relation, access, from }: ReadableRelation,
  { condition, values }: ScanSql,
  context: PluginContext,
): Promise<SnapkeepError | undefined> {
  const suspects = relation.columns.flatMap(({ type }, index) => {
    const value = access[index]?.value;
    return value === undefined || ASCII_KINDS.has(type.kind) ? [] : [{ index, value }];
  });
  if (suspects.length === 0) return undefined;
  const reference = (name: string) => access[relation.columns.findIndex((column) => column.name === name)]?.value ?? '';
  const notUtf8 = (value: string) => `pg_catalog.encode(${bytesOf(value)}, 'hex') !~ $${values.length + 1}`;
  const cases = (then: (suspect: { index: number; value: string }) => string) =>
    `CASE ${suspects.map((suspect) => `WHEN ${notUtf8(suspect.value)} THEN ${then(suspect)}`).join(' ')} END`;
  const keys = relation.key.map((name) => `, ${shown(reference(name))}`).join('');
  const { rows } = await connection.query(
    `SELECT ${cases(({ index }) => `${index}`)}, ${cases(({ value }) => shown(value))}${keys}
     FROM ${from} WHERE ${condition} AND (${suspects.map(({ value }) => notUtf8(value)).join(' OR ')}) LIMIT 1`,
    [...values, UTF8_HEX],
    context,
  );
  const [index, value, ...keyTexts] = rows[0] ?? [];
  const column = relation.columns[Number(index ?? -1)];
  if (!column) return undefined;
  const key = Object.fromEntries(relation.key.map((name, position) => [name, keyTexts[position] ?? null]));
  const where = relation.key.length > 0 ? ` in the row ${shorten(JSON.stringify(key))}` : '';
  return new SnapkeepError(
    'SNAPKEEP_VALUE_INEXACT',
    `column ${JSON.stringify(column.name)} (${column.sourceType}) holds bytes that are no UTF-8${where}: ${shorten(value ?? '')}`,
    {
      hint: `Correct the row, or take the column’s bytes with a query in the configuration: convert_to(COLUMN, 'SQL_ASCII').`,
      details: { column: column.name, sourceType: column.sourceType, key, value: value ?? null, encoding: 'SQL_ASCII' },
    },
  );
}
