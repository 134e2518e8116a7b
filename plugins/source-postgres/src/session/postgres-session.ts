import {
  type ByteBatch,
  type ByteFormat,
  type Instant,
  type PluginContext,
  type Relation,
  type Scan,
  SnapkeepError,
  type SourceCheck,
  type SourceSession,
  type TextBatch,
} from '@snapkeep/sdk';
import type { ReadableRelation } from '../catalog/describe-table.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import { copyRows } from '../read/copy-rows.ts';
import { cursorRows } from '../read/cursor-rows.ts';
import { partsOf, type ScanParts } from '../read/parts.ts';
import { refuseReplaced } from '../read/refuse-replaced.ts';
import { checkFilters, type ScanSql, scanSql } from '../read/scan-sql.ts';
import { BEFORE_SCAN, END_SCAN, explainUndecodable, UNDO_SCAN } from '../read/undecodable.ts';

/** One instant, seen through one connection or several. */
export class PostgresSession implements SourceSession {
  readonly instant: Instant;
  readonly relations: readonly Relation[];
  readonly jobs: number;
  readonly #readable: readonly ReadableRelation[];
  readonly #connections: readonly ServerConnection[];
  readonly #idle: ServerConnection[];
  readonly #serverVersion: number;
  readonly #release: () => Promise<void>;
  #scanFailed = false;
  #closing: Promise<void> | undefined;

  constructor(
    instant: Instant,
    readable: readonly ReadableRelation[],
    connections: readonly ServerConnection[],
    serverVersion: number,
    release: () => Promise<void>,
  ) {
    this.instant = instant;
    this.relations = readable.map(({ relation }) => relation);
    this.jobs = connections.length;
    this.#readable = readable;
    this.#connections = connections;
    this.#idle = [...connections];
    this.#serverVersion = serverVersion;
    this.#release = release;
  }

  rows(
    scan: Scan,
    options: { readonly batchRows: number },
    context: PluginContext,
  ): AsyncGenerator<TextBatch, void, undefined> {
    const readable = this.#relation(scan);
    const doing = `read ${nameOf(readable.relation)}`;
    return this.#scan(readable, scan, scanSql(readable, scan), context, (connection, sql) => {
      const batches = cursorRows(connection, sql, options.batchRows, doing, context);
      return readable.rawBytes.length > 0 ? refuseReplaced(batches, readable) : batches;
    });
  }

  async bytes(
    scan: Scan,
    _format: ByteFormat,
    context: PluginContext,
  ): Promise<AsyncGenerator<ByteBatch, void, undefined> | undefined> {
    const readable = this.#relation(scan);
    // Bytes that are no UTF-8 must be met by somebody who looks; a lone NULL would be an empty line.
    if (readable.rawBytes.length > 0 || readable.access.length < 2) return undefined;
    const doing = `read ${nameOf(readable.relation)}`;
    return this.#scan(readable, scan, scanSql(readable, scan, 'literal'), context, (connection, sql) =>
      copyRows(connection, sql, doing, context),
    );
  }

  parts(scan: Scan, context: PluginContext): Promise<ScanParts> {
    const [connection] = this.#connections;
    if (this.jobs === 1 || !connection) return Promise.resolve({ parts: 1, reason: 'there is one connection' });
    return partsOf(connection, this.#relation(scan), scan, this.#serverVersion, context);
  }

  #relation({ relation }: Scan): ReadableRelation {
    const readable = this.#readable[relation];
    if (readable === undefined) throw new SnapkeepError('SNAPKEEP_INTERNAL', `No relation ${relation} in this session`);
    return readable;
  }

  async *#scan<T>(
    readable: ReadableRelation,
    scan: Scan,
    sql: ScanSql | null,
    context: PluginContext,
    read: (connection: ServerConnection, sql: ScanSql) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    if (sql === null) return;
    const connection = this.#idle.pop();
    if (connection === undefined) {
      throw new SnapkeepError('SNAPKEEP_INTERNAL', `More than ${this.jobs} reads of one session at once`);
    }
    try {
      // Of parts they were tried before.
      if (scan.part === undefined) await checkFilters(connection, readable, scan.filters, context);
      await connection.query(BEFORE_SCAN, [], context);
      try {
        yield* read(connection, sql);
        // Thousands of parts would be thousands of savepoints, each inside the one before.
        if (scan.part !== undefined) await connection.query(END_SCAN, [], context);
      } catch (error) {
        const explained = await explainUndecodable(error, connection, readable, sql, context);
        if (!(await this.#standsAfter(connection, context))) this.#scanFailed = true;
        throw explained;
      }
    } finally {
      this.#idle.push(connection);
    }
  }

  /** Of several relations the others can be read all the same, where the server only refused a statement. */
  async #standsAfter(connection: ServerConnection, context: PluginContext): Promise<boolean> {
    if (this.relations.length === 1 || connection.broken || context.signal.aborted) return false;
    try {
      await connection.query(UNDO_SCAN, [], context);
      return true;
    } catch {
      return false;
    }
  }

  async checks(relation: number, context: PluginContext): Promise<readonly SourceCheck[]> {
    const [connection] = this.#connections;
    const readable = this.#readable[relation];
    if (!connection || !readable || readable.oid === null) return [];
    // Brings PostgreSQL's parser along: only schema infer pays for it.
    const { readChecks } = await import('../checks/read-checks.ts');
    return readChecks(connection, readable.oid, readable.relation.columns, this.#serverVersion, context);
  }

  async finish(context: PluginContext): Promise<void> {
    for (const connection of this.#connections) {
      if (connection.broken) throw lost(connection.errorOf(new Error('the connection ended')));
      let command: string;
      try {
        ({ command } = await connection.query('COMMIT', [], context, { doing: 'end the transaction' }));
      } catch (error) {
        throw lost(connection.errorOf(error));
      }
      // The server answers COMMIT with ROLLBACK where a statement of the transaction has failed.
      if (command !== 'COMMIT' || this.#scanFailed)
        throw lost(connection.errorOf(new Error('the transaction had failed before its end')));
    }
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all(this.#connections.map((connection) => connection.close())).then(this.#release);
    return this.#closing;
  }
}

/** Whatever stands in the way of COMMIT: what was read does not count. */
function lost(error: SnapkeepError): SnapkeepError {
  if (error.code !== 'SNAPKEEP_SOURCE_FAILED') return error;
  const { details, retryable } = error;
  return new SnapkeepError('SNAPKEEP_SOURCE_LOST', error.message, { details, retryable, cause: error });
}

function nameOf(relation: Relation): string {
  return relation.schema === undefined ? 'the query' : `${relation.schema}.${relation.name}`;
}
