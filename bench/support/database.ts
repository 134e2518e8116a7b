import pg from 'pg';
import { createBehavioralEvents, insertBehavioralEvents } from '../../test/support/behavioral-events.ts';
import { spawnServer } from '../../test/support/postgres-server.ts';

export interface Database {
  readonly url: string;
  /** Of the server's first process; undefined where it is not ours. */
  readonly pid?: number;
  readonly client: pg.Client;
}

/** The given server, or a fresh one of this process alone, for as long as the work takes. */
export async function withDatabase<T>(work: (database: Database) => Promise<T>, url?: string): Promise<T> {
  const server = url === undefined ? await spawnServer() : undefined;
  const address = url ?? server?.url ?? '';
  const client = new pg.Client({ connectionString: address });
  // A server that is stopped tells its clients so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work({ url: address, client, ...(server ? { pid: server.pid } : {}) });
  } finally {
    await client.end().catch(() => undefined);
    await server?.stop();
  }
}

/** `BehavioralEvent` of the demo with so many rows, analysed; the same on every server. */
export async function createEvents(client: pg.Client, rows: number): Promise<void> {
  for (const statement of createBehavioralEvents()) await client.query(statement);
  await client.query(insertBehavioralEvents({ rows, baseTime: '2026-01-31T00:00:00Z' }));
  await client.query('VACUUM ANALYZE "BehavioralEvent"');
}
