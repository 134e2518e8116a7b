/** What waits of one part, at most; a part that holds more is read on when its turn has come. */
const WAITING_BYTES = 8 * 1024 * 1024;
/** So many parts for each connection are begun before their turn. */
const AHEAD = 2;

export interface OrderedParts<T> {
  readonly parts: number;
  /** How many are read at once. */
  readonly atOnce: number;
  readonly signal: AbortSignal;
  readonly open: (index: number, signal: AbortSignal) => AsyncIterable<T>;
  /** Bytes. */
  readonly weigh: (item: T) => number;
  /** What is held of an item until its turn comes. */
  readonly keep: (item: T) => T;
}

/** One part, as far as it was read and not used. */
interface Part<T> {
  readonly items: T[];
  bytes: number;
  ended: boolean;
  failure: { readonly error: unknown } | undefined;
}

/**
 * Reads several parts at once and gives all of the first, then all of the second, and so on. What waits is bounded. A
 * failure is thrown when its part's turn has come, so that it is always the same.
 */
export async function* inOrder<T>(request: OrderedParts<T>): AsyncGenerator<T, void, undefined> {
  const { parts, atOnce, open, weigh, keep } = request;
  const controller = new AbortController();
  const signal = AbortSignal.any([request.signal, controller.signal]);
  const begun = new Map<number, Part<T>>();
  let turn = 0;
  let next = 0;
  let change = Promise.withResolvers<void>();
  const changed = () => {
    change.resolve();
    change = Promise.withResolvers<void>();
  };
  const readPart = async (index: number, part: Part<T>) => {
    try {
      for await (const item of open(index, signal)) {
        part.items.push(keep(item));
        part.bytes += weigh(item);
        changed();
        while (part.bytes >= WAITING_BYTES && !signal.aborted) await change.promise;
        if (signal.aborted) return;
      }
    } catch (error) {
      part.failure = { error };
    } finally {
      part.ended = true;
      changed();
    }
  };
  const worker = async () => {
    while (!signal.aborted && next < parts) {
      if (next >= turn + atOnce * AHEAD) {
        await change.promise;
        continue;
      }
      const part: Part<T> = { items: [], bytes: 0, ended: false, failure: undefined };
      const index = next;
      begun.set(index, part);
      next += 1;
      await readPart(index, part);
      if (part.failure) return;
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, parts) }, worker);
  signal.addEventListener('abort', changed);
  try {
    for (; turn < parts; turn += 1, changed()) {
      for (;;) {
        const part = begun.get(turn);
        const item = part?.items.shift();
        if (part && item !== undefined) {
          part.bytes -= weigh(item);
          changed();
          yield item;
        } else if (part?.failure) throw part.failure.error;
        else if (part?.ended && !signal.aborted) break;
        else {
          request.signal.throwIfAborted();
          await change.promise;
        }
      }
      begun.delete(turn);
    }
  } finally {
    controller.abort();
    changed();
    await Promise.all(workers);
    signal.removeEventListener('abort', changed);
  }
}
