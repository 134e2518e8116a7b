import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** V8 would let it grow to 128 MB; a row's garbage is gone long before. */
const YOUNG_BYTES = 8 * 1024 * 1024;

/** Keeps the space for new objects as it is once it is large enough; it never shrinks while rows flow. */
export function keepYoungSpaceSmall(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  if (young && young.physical_space_size >= YOUNG_BYTES) setFlagsFromString('--semi-space-growth-factor=1');
}

/** What Node and snapkeep themselves take is less than this. */
const LARGE_HEAP_BYTES = 44 * 1024 * 1024;

/** Gives back to the system what the rows have left behind in V8's heap, and the buffers that only garbage there holds. */
function releaseHeap(): void {
  const { total_heap_size, external_memory } = getHeapStatistics();
  if (total_heap_size + external_memory < LARGE_HEAP_BYTES) return;
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect({ type: 'major', flavor: 'last-resort' });
}

/** After so long DuckDB is at work, and needs node for nothing. */
const RELEASE_AFTER_MS = 20;

/**
 * Gives back what the rows have left behind, some 50 ms of work, while DuckDB has work of its own.
 * @param afterMs - later where the work is of many short statements, which would wait for it
 */
export async function releasingHeap<T>(work: () => Promise<T>, afterMs = RELEASE_AFTER_MS): Promise<T> {
  const timer = setTimeout(releaseHeap, afterMs);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
