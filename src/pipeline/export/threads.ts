import { availableParallelism } from 'node:os';
import type { Engine } from '../../engine/engine.ts';

/** Each of DuckDB's threads has vectors, hash tables and a row group of its own. */
const MB_PER_THREAD = 50;

/** As many threads as there are cores, and as the memory does for. */
export function threadsWithin(memoryLimitMB: number, cores = availableParallelism()): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryLimitMB / MB_PER_THREAD)));
}

/** From the next statement on, of all connections. */
export async function setThreads(engine: Engine, threads: number): Promise<void> {
  await engine.run(`SET threads = ${threads}`);
}

/**
 * How many statements run at once. Each connection works on its own statement with the thread that waits for it; what DuckDB has beyond helps any of
 * them. Told of one where there are two it has a thread too many, and the one whose work that does turns round and round while it waits.
 */
export async function setStatementsAtOnce(engine: Engine, statements: number): Promise<void> {
  await engine.run(`SET external_threads = ${statements}`);
}
