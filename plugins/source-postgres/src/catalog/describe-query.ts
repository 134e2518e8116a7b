import { type Column, type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';
import { sqlStateOf } from '../server-errors.ts';
import type { ReadableRelation } from './describe-table.ts';
import { columnAccess, logicalType } from './logical-type.ts';
import { printsRawBytes } from './raw-bytes.ts';
import { arrayLiteral } from './resolve-table.ts';
import { singleQuery } from './statement.ts';
import { loadTypes } from './type-catalog.ts';

const TYPE_NAMES = `
SELECT pg_catalog.format_type(wanted.type, wanted.typmod)
FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS wanted (type, typmod, position)
ORDER BY wanted.position`;

/**
 * The columns of a query, found without running it: the server plans it with LIMIT 0.
 * @throws SNAPKEEP_USAGE, SNAPKEEP_COLUMN_REFUSED, SNAPKEEP_SOURCE_PERMISSION, SNAPKEEP_SOURCE_FAILED
 */
export async function describeQuery(
  connection: ServerConnection,
  query: string,
  serverVersion: number,
  context: PluginContext,
): Promise<ReadableRelation> {
  // The line break ends a comment that the query may end with.
  const inner = `(${singleQuery(query)}\n) AS query`;
  const fields = await connection.fieldsOf(`SELECT * FROM ${inner} LIMIT 0`, context).catch((error: unknown) => {
    throw syntaxError(error) ?? connection.errorOf(error, `plan the query ${shorten(query)}`);
  });
  if (fields.length === 0) throw new SnapkeepError('SNAPKEEP_COLUMN_REFUSED', 'The query gives no columns');
  const oids = fields.map((field) => String(field.dataTypeID));
  const typmods = fields.map((field) => String(field.dataTypeModifier));
  const types = await loadTypes(connection, oids, serverVersion, context);
  const names = await connection.query(TYPE_NAMES, [arrayLiteral(oids), arrayLiteral(typmods)], context);
  const columns = fields.map(
    (field, i): Column => ({
      name: field.name,
      sourceType: names.rows[i]?.[0] ?? '',
      type: logicalType(String(field.dataTypeID), field.dataTypeModifier, types),
      nullable: true,
    }),
  );
  return {
    relation: { kind: 'query', name: query, columns, key: [], locked: false },
    oid: null,
    // Several columns may have one name: here they get others, by which they can be asked for.
    from: `${inner} (${fields.map((_, i) => `c${i}`).join(', ')})`,
    rawBytes: oids.flatMap((oid, i) => (printsRawBytes(oid, types, serverVersion) ? [i] : [])),
    access: oids.map((oid, i) => columnAccess(`c${i}`, oid, types)),
    heapBlocks: null,
  };
}

/** Class 42 is about the text of a statement (but 42501 is permission): the configuration is wrong, not the server. */
function syntaxError(error: unknown): SnapkeepError | undefined {
  const state = sqlStateOf(error);
  if (state === undefined || state === '42501' || !/^(42|0A|26)/.test(state)) return undefined;
  const message = error instanceof Error ? shorten(error.message, 300) : '';
  return new SnapkeepError('SNAPKEEP_USAGE', `The query can’t be used: ${message}`, {
    hint: 'A dataset’s query is one SELECT that the server can run.',
    details: { sqlstate: state },
    cause: new Error(message),
  });
}
