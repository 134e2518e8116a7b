import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** A database of a test's own. */
export interface TestDatabase {
  readonly name: string;
  /** Of the superuser, with its password. */
  readonly url: string;
  /** A connected client of the superuser; ended by `drop` at the latest. */
  client(): Promise<pg.Client>;
  /** Runs statements as the superuser. */
  run(sql: string): Promise<pg.QueryResult>;
  drop(): Promise<void>;
}

export interface TestServer {
  /** Of the superuser, on a database that tests leave alone. */
  readonly url: string;
  /** `server_version_num`, e.g. 180004. */
  version(): Promise<number>;
  createDatabase(): Promise<TestDatabase>;
}

/** The server of this run; see postgres-global.ts, which starts it. */
export async function startPostgres(): Promise<TestServer> {
  const url = inject('postgresUrl');
  const version = async () => Number((await runOn(url, 'SHOW server_version_num')).rows[0].server_version_num);
  return { url, version, createDatabase: () => createDatabase(url) };
}

async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `snapkeep_test_${randomBytes(6).toString('hex')}`;
  await runOn(serverUrl, `CREATE DATABASE ${name}`);
  const address = new URL(serverUrl);
  address.pathname = `/${name}`;
  const url = address.toString();
  const clients: pg.Client[] = [];
  const client = async () => {
    const connected = await connectedTo(url);
    clients.push(connected);
    return connected;
  };
  let runner: Promise<pg.Client> | undefined;
  return {
    name,
    url,
    client,
    run: async (sql) => {
      runner ??= client();
      return (await runner).query(sql);
    },
    drop: async () => {
      await Promise.all(clients.map((open) => open.end().catch(() => undefined)));
      await runOn(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function runOn(url: string, sql: string): Promise<pg.QueryResult> {
  const client = await connectedTo(url);
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

async function connectedTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  // Tests terminate backends; that must not end the test process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
