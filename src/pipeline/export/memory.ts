import { isSnapkeepError } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import { setThreads } from './threads.ts';

/** Less than DuckDB can ever come down to. */
const NOTHING_MB = 1;

export async function limitMemory(engine: Engine, limitMB: number): Promise<void> {
  await engine.run(`SET memory_limit = '${limitMB}MB'`);
}

/**
 * DuckDB keeps blocks of its file in memory until it needs room for others: here they leave it, so that what is held
 * doesn't follow the number of rows up to the limit.
 */
export async function dropCache(engine: Engine, limitMB: number): Promise<void> {
  // A statement that runs out of memory ends its transaction, even this one: not that of the rows.
  const other = await engine.fork();
  try {
    await limitMemory(other, NOTHING_MB);
    await limitMemory(other, limitMB);
  } catch (error) {
    // What could leave has left; what is in use stays, and so did the limit.
    if (!isMemoryLimit(error)) throw error;
  } finally {
    other.close();
  }
}

export function isMemoryLimit(error: unknown): boolean {
  return isSnapkeepError(error) && error.code === 'SNAPKEEP_MEMORY_LIMIT';
}

/** Each thread of a sort holds a part of all that was spilled: what is too much for several may do for one. */
export async function withOneThreadAtLast<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMemoryLimit(error)) throw error;
  }
  await setThreads(engine, 1);
  return work();
}
