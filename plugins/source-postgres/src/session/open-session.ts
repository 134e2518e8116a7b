import { messageOf, type PluginContext, quoteLiteral, type SessionRequest, type SourceSession } from '@snapkeep/sdk';
import type { ReadableRelation } from '../catalog/describe-table.ts';
import { connect } from '../connection/connect.ts';
import type { ServerConnection } from '../connection/server-connection.ts';
import { resolveTarget, type ServerTarget } from '../connection/target.ts';
import { readSettings } from '../settings.ts';
import { type BeginOptions, beginStatements, beginTransaction } from './begin.ts';
import { lockAtOnce } from './lock.ts';
import { PostgresSession } from './postgres-session.ts';

/** What is connected to, and how to let go of it afterwards. */
export interface ReachedServer {
  readonly server: ServerTarget;
  release(): Promise<void>;
}

/** The server itself, or a PGlite started for us. */
export async function reachServer(
  connection: SessionRequest['connection'],
  context: PluginContext,
): Promise<ReachedServer> {
  const target = resolveTarget(connection, context);
  if (target.kind === 'server') return { server: target, release: async () => {} };
  const { startPGlite } = await import('../connection/pglite.ts');
  const running = await startPGlite(target, context);
  return { server: running.server, release: () => running.stop() };
}

/** See `Source.open`. */
export async function openSession(request: SessionRequest, context: PluginContext): Promise<SourceSession> {
  const settings = readSettings(context);
  const { server, release } = await reachServer(request.connection, context);
  const connections: ServerConnection[] = [];
  try {
    const first = await connect(server, settings, context, request.attempt);
    connections.push(first);
    const options = { settings, schema: server.schema };
    const { instant, serverVersion, relations } = await beginTransaction(first, request.relations, options, context);
    const several = relations.length > 1 || relations.some(({ heapBlocks }) => heapBlocks !== null);
    if (request.jobs > 1 && !server.oneConnection && several) {
      const shared = { relations, count: request.jobs - 1, serverVersion, options };
      connections.push(...(await shareSnapshot(first, server, shared, context)));
    }
    return new PostgresSession(instant, relations, connections, serverVersion, release);
  } catch (error) {
    await Promise.all(connections.map((connection) => connection.close()));
    await release();
    throw error;
  }
}

interface Shared {
  readonly relations: readonly ReadableRelation[];
  /** How many connections beside the first. */
  readonly count: number;
  readonly serverVersion: number;
  readonly options: BeginOptions;
}

/** More connections that see what the first one sees; fewer than asked for where the server has no more. */
async function shareSnapshot(
  first: ServerConnection,
  server: ServerTarget,
  { relations, count, serverVersion, options }: Shared,
  context: PluginContext,
): Promise<ServerConnection[]> {
  const shared: ServerConnection[] = [];
  try {
    const answer = await first.query('SELECT pg_catalog.pg_export_snapshot()', [], context, {
      doing: 'share the snapshot',
    });
    const snapshot = quoteLiteral(answer.rows[0]?.[0] ?? '');
    while (shared.length < count) {
      const connection = await connect(server, options.settings, context);
      try {
        const [begin = '', ...rest] = beginStatements(serverVersion, options);
        await inTime(connection.query(begin, [], context));
        for (const statement of [`SET TRANSACTION SNAPSHOT ${snapshot}`, ...rest]) {
          await connection.query(statement, [], context, { doing: 'take over the snapshot' });
        }
        await lockAtOnce(connection, relations, options.settings, context);
      } catch (error) {
        await connection.close();
        throw error;
      }
      shared.push(connection);
    }
  } catch (error) {
    if (context.signal.aborted || first.broken) {
      await Promise.all(shared.map((connection) => connection.close()));
      throw error;
    }
    context.log.verbose(`Reading through ${shared.length + 1} connections, not ${count + 1}: ${messageOf(error)}`);
  }
  return shared;
}

/** A pooler without a free server lets a further connection wait, behind our own first one. */
const BEGIN_MS = 5_000;

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no further transaction was begun in ${BEGIN_MS / 1000} s`)), BEGIN_MS);
  });
  // Whoever gave up hears nothing of what comes after.
  answer.catch(() => undefined);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
