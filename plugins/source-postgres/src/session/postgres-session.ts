import {
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
import { cursorRows } from '../read/cursor-rows.ts';
import { refuseReplaced } from '../read/refuse-replaced.ts';
import { checkFilters, type ScanSql, scanSql } from '../read/scan-sql.ts';
import { BEFORE_SCAN, explainUndecodable } from '../read/undecodable.ts';

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

  async *rows(
    scan: Scan,
    options: { readonly batchRows: number },
    context: PluginContext,
  ): AsyncGenerator<TextBatch, void, undefined> {
    const readable = this.#readable[scan.relation];
    if (readable === undefined)
      throw new SnapkeepError('SNAPKEEP_INTERNAL', `No relation ${scan.relation} in this session`);
    const sql = scanSql(readable, scan);
    if (sql === null) return;
    const connection = this.#idle.pop();
    if (connection === undefined) {
      throw new SnapkeepError('SNAPKEEP_INTERNAL', `More than ${this.jobs} reads of one session at once`);
    }
    try {
      await checkFilters(connection, readable, scan.filters, context);
      await connection.query(BEFORE_SCAN, [], context);
      yield* this.#scan(connection, readable, sql, options.batchRows, context);
    } finally {
      this.#idle.push(connection);
    }
  }

  async *#scan(
    connection: ServerConnection,
    readable: ReadableRelation,
    sql: ScanSql,
    batchRows: number,
    context: PluginContext,
  ): AsyncGenerator<TextBatch, void, undefined> {
    const batches = cursorRows(connection, sql, batchRows, `read ${nameOf(readable.relation)}`, context);
    try {
      yield* readable.rawBytes.length > 0 ? refuseReplaced(batches, readable) : batches;
    } catch (error) {
      this.#scanFailed = true;
      throw await explainUndecodable(error, connection, readable, sql, context);
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
