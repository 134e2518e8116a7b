import { execFile } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/**
 * What encloses a value. Not `"`: DuckDB 1.5 keeps every value in which a quote had to be doubled in memory until the
 * last row was read, 100 MB for a million JSON documents. This control character stands in next to no text.
 */
export const QUOTE = '\u0001';

/** NULL is nothing, every value is quoted: the two can't be confused, whatever the value holds. */
export function csvField(value: string | null): string {
  if (value === null) return '';
  return value.includes(QUOTE)
    ? `${QUOTE}${value.replaceAll(QUOTE, QUOTE + QUOTE)}${QUOTE}`
    : `${QUOTE}${value}${QUOTE}`;
}

/** A FIFO that nobody else can open. */
export async function makeFifo(path: string): Promise<void> {
  await promisify(execFile)('mkfifo', ['-m', '600', '--', path]);
}

/** How long to wait before looking again whether DuckDB has opened its end. */
const LOOK_AGAIN_MS = 2;

/**
 * The writing end, once there is a reader: opened any earlier it could be closed, rows and all, before the reader
 * comes, who would then wait forever. Without O_NONBLOCK the waiting would hold a thread that can't be called off.
 */
async function openWritingEnd(path: string, reader: Promise<unknown>): Promise<number> {
  let readerEnded = false;
  const ended = () => {
    readerEnded = true;
  };
  reader.then(ended, ended);
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    if (readerEnded) {
      await reader;
      throw new Error(`${path} was never opened by its reader`);
    }
    await delay(LOOK_AGAIN_MS);
  }
}

/** What waits in it at most: DuckDB stops reading while it stores a row group, and nobody else should have to. */
const WAITING_BYTES = 4 * 1024 * 1024;

/**
 * A FIFO that DuckDB reads as CSV while we write: rows reach it as text, without a native call per value and
 * without a file. Four times as fast as its appender (docs/adr/0003).
 */
export class CsvPipe {
  readonly #socket: Socket;
  readonly #failed: Promise<never>;
  #written: (() => void) | undefined;

  private constructor(socket: Socket, reader: Promise<unknown>) {
    this.#socket = socket;
    this.#failed = new Promise((_, reject) => {
      // The reader's own error says more than the EPIPE that follows from it.
      reader.catch(reject);
      socket.once('error', (error) => reader.then(() => reject(error), reject));
    });
    this.#failed.catch(() => undefined);
  }

  /** Lets `read` begin, and gives the pipe once the reader has opened it. */
  static async open(path: string, read: () => Promise<unknown>): Promise<{ pipe: CsvPipe; done: Promise<void> }> {
    const done = read().then(() => undefined);
    done.catch(() => undefined);
    // A socket waits for room without a thread, which a file stream would not.
    const fd = await openWritingEnd(path, done);
    return { pipe: new CsvPipe(new Socket({ fd, readable: false, writable: true }), done), done };
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) await this.#failed;
    this.#socket.write(bytes, () => this.#written?.());
    while (this.#socket.writableLength >= WAITING_BYTES) {
      const written = new Promise<void>((resolve) => {
        this.#written = resolve;
      });
      await Promise.race([written, this.#failed]);
    }
  }

  /** All rows were written: the reader sees the end of the file. */
  async end(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#socket.end(resolve));
    await Promise.race([ended, this.#failed]);
    this.#socket.destroy();
  }

  /** Gives up; what the reader got must not be used. */
  destroy(): void {
    this.#socket.destroy();
  }
}
