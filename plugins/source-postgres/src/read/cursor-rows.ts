import { isSnapkeepError, type PluginContext, type TextBatch } from '@snapkeep/sdk';
import type { TextCursor } from '../connection/cursor.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import { endsConnection } from '../server-errors.ts';
import type { ScanSql } from './scan-sql.ts';

/** What one read gave, and whether the server has said that it was the last. */
interface Read {
  readonly rows: (string | null)[][];
  readonly complete: boolean;
  /** How many the server says that it sent; `null` before the end, where it sends as many as were asked for. */
  readonly sent: number | null;
}

/** Rows asked for first, before anything is known of their size: few, as each may be a document of many megabytes. */
const FIRST_READ_ROWS = 16;
/**
 * A batch should stay about this small: two of them are held at once, as a text object per value (docs/adr/0025), which V8
 * would copy again and again.
 */
const BATCH_BYTES = 256 * 1024;

/**
 * The rows of a statement in batches. While the caller uses one batch the next is on its way.
 * @throws SNAPKEEP_SOURCE_LOST, SNAPKEEP_SOURCE_STALLED, SNAPKEEP_SOURCE_FAILED
 */
export async function* cursorRows(
  connection: ServerConnection,
  sql: ScanSql,
  batchRows: number,
  doing: string,
  context: PluginContext,
): AsyncGenerator<TextBatch, void, undefined> {
  const cursor = connection.openCursor(sql.text, sql.values, context);
  const read = (rows: number) => {
    const answer = connection.answered(readOnce(cursor, rows), context);
    // It may fail while the caller is busy; the failure is met when it is awaited.
    answer.catch(() => undefined);
    return answer;
  };
  let size = Math.min(batchRows, FIRST_READ_ROWS);
  let bytes = connection.bytesRead();
  let next = read(size);
  let complete = false;
  try {
    for (;;) {
      const batch = await next;
      ({ complete } = batch);
      // pg-cursor answers with no rows and no error where its connection broke between two reads.
      if (!complete && batch.rows.length === 0) throw new Error('the rows ended without the server saying so');
      const sent = complete ? batch.sent : size;
      if (batch.rows.length !== sent) {
        throw new Error(`the server says that it sent ${sent} rows, but ${batch.rows.length} came`);
      }
      if (!complete) {
        const total = connection.bytesRead();
        size = nextSize(batchRows, batch.rows.length, total - bytes);
        bytes = total;
        next = read(size);
      }
      if (batch.rows.length > 0) yield batch.rows;
      if (complete) return;
    }
  } catch (error) {
    throw connection.errorOf(error, doing);
  } finally {
    if (!complete) await abandon(connection, cursor, next, context);
  }
}

function nextSize(batchRows: number, rows: number, bytes: number): number {
  const bytesPerRow = Math.max(1, bytes / rows);
  return Math.max(1, Math.min(batchRows, Math.floor(BATCH_BYTES / bytesPerRow)));
}

function readOnce(cursor: TextCursor, rows: number): Promise<Read> {
  return new Promise((resolve, reject) => {
    cursor.read(rows, (error, _, result) => {
      if (error) reject(error);
      // The command tag comes with CommandComplete and with nothing else.
      else {
        const complete = typeof result?.command === 'string';
        resolve({ rows: cursor.takeRows(), complete, sent: complete ? (result.rowCount ?? 0) : null });
      }
    });
  });
}

/** Closes a cursor whose caller wants no more. What is under way comes first, as the protocol has it. */
async function abandon(
  connection: ServerConnection,
  cursor: TextCursor,
  underWay: Promise<Read>,
  context: PluginContext,
): Promise<void> {
  try {
    const { complete } = await underWay;
    if (complete || connection.broken) return;
    await connection.answered(
      new Promise<void>((resolve, reject) => {
        cursor.close((error) => (error ? reject(error) : resolve()));
      }),
      context,
    );
  } catch (error) {
    // The caller is leaving; a broken connection is reported by whoever uses the session next.
    if (!isSnapkeepError(error) && endsConnection(error)) connection.noteFailure(error);
  }
}
