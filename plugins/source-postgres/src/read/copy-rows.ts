import type { ByteBatch, PluginContext } from '@snapkeep/sdk';
import type { ServerConnection } from '../connection/server-connection.ts';
import { endsConnection, sqlStateOf } from '../server-errors.ts';
import type { ScanSql } from './scan-sql.ts';

/** The control character that encloses each value: it stands in next to no text, so that next to none is doubled. */
const FORMAT = `FORMAT csv, DELIMITER ',', NULL '', QUOTE E'\\x01', ESCAPE E'\\x01', FORCE_QUOTE *`;

/**
 * The rows of a statement as the server writes them for COPY.
 * @param sql - without parameters: COPY takes none
 * @throws SNAPKEEP_SOURCE_LOST, SNAPKEEP_SOURCE_STALLED, SNAPKEEP_SOURCE_FAILED
 */
export async function* copyRows(
  connection: ServerConnection,
  sql: ScanSql,
  doing: string,
  context: PluginContext,
): AsyncGenerator<ByteBatch, void, undefined> {
  const copy = connection.openCopy(`COPY (${sql.text}) TO STDOUT WITH (${FORMAT})`, context);
  let complete = false;
  let refused = false;
  try {
    for (;;) {
      const answer = await connection.answered(copy.next(), context);
      complete = 'sent' in answer;
      if ('sent' in answer) return;
      yield answer.batch;
    }
  } catch (error) {
    refused = sqlStateOf(error) !== undefined && !endsConnection(error);
    throw connection.errorOf(error, doing);
  } finally {
    // A COPY can't be called off but by another connection, and who leaves early reads nothing more.
    if (!complete && !refused) connection.abandon();
  }
}
