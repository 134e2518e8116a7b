import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { sourceError } from '../server-errors.ts';
import { lockPGliteFolder } from './pglite-lock.ts';
import type { PGliteReady, PGliteWorkerData } from './pglite-worker.ts';
import type { PGliteTarget, ServerTarget } from './target.ts';

/** Beside this file, compiled or not. */
const WORKER = new URL(`./pglite-worker${extname(import.meta.url)}`, import.meta.url);

/** A PGlite that runs in a thread of this process, and how to connect to it. */
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
    const host = process.platform === 'win32' ? '127.0.0.1' : await socketFolder(undo);
    const socket = process.platform === 'win32' ? undefined : join(host, '.s.PGSQL.5432');
    const { port, close } = await startWorker({ folder: target.folder, socket }, context);
    undo.push(close);
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

interface RunningWorker extends PGliteReady {
  /** Lets it write what it holds; one that is gone already has nothing to write. */
  close(): Promise<unknown>;
}

async function startWorker(workerData: PGliteWorkerData, context: PluginContext): Promise<RunningWorker> {
  const worker = new Worker(WORKER, { workerData });
  const gone = new Promise((resolve) => worker.once('exit', resolve));
  // Whoever is connected notices by the socket; without a listener Node would end the process.
  worker.on('error', (error) => context.log.debug(`PGlite failed: ${messageOf(error)}`));
  const ended = gone.then(() => Promise.reject(new Error('PGlite ended while it was starting')));
  const [{ port }] = (await Promise.race([once(worker, 'message'), ended])) as [PGliteReady];
  ended.catch(() => undefined);
  return {
    port,
    close: () => {
      worker.postMessage('stop');
      return gone;
    },
  };
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
    oneConnection: true,
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
