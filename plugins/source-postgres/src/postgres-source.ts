import { type Connection, isSnapkeepError, type PluginContext, type Source, type SourceFacts } from '@snapkeep/sdk';
import { readableTables } from './catalog/nearest-table.ts';
import { connect } from './connection/connect.ts';
import type { ServerConnection } from './connection/server-connection.ts';
import { labelTarget } from './connection/target.ts';
import { serverName } from './session/instant.ts';
import { openSession, reachServer } from './session/open-session.ts';
import { readSettings } from './settings.ts';

/** The source `postgres`: PostgreSQL 12 and newer, and PGlite. */
export function openSource(): Source {
  return { describe, open: openSession, probe };
}

function describe(connection: Connection, context: PluginContext): string {
  try {
    return labelTarget(connection, context);
  } catch (error) {
    if (isSnapkeepError(error)) return 'a connection that can’t be used';
    throw error;
  }
}

const FACTS = "SELECT current_setting('server_version'), current_database(), current_user";
const MOST_RELATIONS = 1000;

async function probe(connection: Connection, context: PluginContext): Promise<SourceFacts> {
  const settings = readSettings(context);
  const { server, release } = await reachServer(connection, context);
  let connected: ServerConnection | undefined;
  try {
    connected = await connect(server, settings, context);
    await connected.query('BEGIN READ ONLY', [], context);
    const [version, database, user] = (await connected.query(FACTS, [], context)).rows[0] ?? [];
    const tables = await readableTables(connected, MOST_RELATIONS, context);
    await connected.query('COMMIT', [], context);
    return {
      server: serverName(version ?? ''),
      ...(database ? { database } : {}),
      ...(user ? { user } : {}),
      relations: tables.map(({ schema, name }) => `${schema}.${name}`),
    };
  } finally {
    await connected?.close();
    await release();
  }
}
