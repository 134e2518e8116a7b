import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { sourceError } from '../server-errors.ts';
import { lockPGliteFolder } from './pglite-lock.ts';
import type { PGliteTarget, ServerTarget } from './target.ts';

/** A PGlite that runs in this process, and how to connect to it. */
export interface RunningPGlite {
  readonly server: ServerTarget;
  /** Stops it and lets the folder go. Never throws. */
  stop(): Promise<void>;
}

/**
 * Starts PGlite on an existing folder behind a socket that nobody else can reach.
 * It has one backend: one connection at a time, and always inside a transaction.
 * @throws SNAPKEEP_SOURCE_UNREACHABLE
 */
export async function startPGlite(target: PGliteTarget, context: PluginContext): Promise<RunningPGlite> {
  const lock = await lockPGliteFolder(target, context);
  const undo: (() => Promise<unknown> | unknown)[] = [() => lock.release()];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        context.log.debug(`PGlite did not stop cleanly: ${String(error)}`);
      }
    }
  };
  try {
    const { PGlite } = await import('@electric-sql/pglite');
    const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
    const db = await PGlite.create(target.folder);
    undo.push(() => db.close());
    const host = process.platform === 'win32' ? '127.0.0.1' : await socketFolder(undo);
    const socket = new PGLiteSocketServer(
      process.platform === 'win32'
        ? { db, host, port: 0, maxConnections: 1 }
        : { db, path: join(host, '.s.PGSQL.5432'), maxConnections: 1 },
    );
    await socket.start();
    undo.push(() => socket.stop());
    const port = process.platform === 'win32' ? Number(socket.getServerConn().split(':').at(-1)) : 5432;
    return { server: serverOf(target, host, port), stop };
  } catch (error) {
    await stop();
    const found = sourceError(error, target);
    throw new SnapkeepError('SNAPKEEP_SOURCE_UNREACHABLE', found.message, {
      cause: error,
      hint: 'The folder may have been made by another version of PGlite, or be damaged.',
    });
  }
}

/** mkdtemp gives mode 0700: PGlite asks for no password, so the file system has to keep others out. */
async function socketFolder(undo: (() => Promise<unknown> | unknown)[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapkeep-pglite-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function serverOf(target: PGliteTarget, host: string, port: number): ServerTarget {
  return {
    kind: 'server',
    label: target.label,
    host,
    port,
    user: 'postgres',
    database: 'postgres',
    password: '',
    tls: [false],
    directTls: false,
    channelBinding: false,
    applicationName: 'snapkeep',
    options: undefined,
    connectTimeoutMs: 0,
    schema: undefined,
  };
}
