import module from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

/** What the worker is started with: the folder of the database, and where to listen. */
export interface PGliteWorkerData {
  readonly folder: string;
  /** A socket's path; absent where there are none: a port of 127.0.0.1. */
  readonly socket: string | undefined;
}

/** Sent once it listens. A failure to start is the worker's `error` event. */
export interface PGliteReady {
  readonly port: number;
}

/** PGlite computes where it stands: here it leaves the event loop, the progress and Ctrl-C to the main thread. */
async function serve({ folder, socket }: PGliteWorkerData): Promise<PGliteReady> {
  module.enableCompileCache();
  const { PGlite } = await import('@electric-sql/pglite');
  const { PGLiteSocketServer } = await import('@electric-sql/pglite-socket');
  const db = await PGlite.create(folder);
  const where = socket === undefined ? { host: '127.0.0.1', port: 0 } : { path: socket };
  const server = new PGLiteSocketServer({ db, ...where, maxConnections: 1 });
  await server.start();
  parentPort?.once('message', async () => {
    await server.stop();
    await db.close();
    parentPort?.close();
  });
  return { port: socket === undefined ? Number(server.getServerConn().split(':').at(-1)) : 5432 };
}

parentPort?.postMessage(await serve(workerData));
