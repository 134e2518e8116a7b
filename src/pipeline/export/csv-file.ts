import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/** What waits to be written at most. */
const WAITING_BYTES = 1024 * 1024;

/** Rows as CSV in a file that nobody else can open, and that is gone before it would have to reach the disk. */
export class CsvFile {
  /** Absolute. */
  readonly path: string;
  readonly #stream: WriteStream;
  readonly #written: Promise<void>;
  #rows = 0;
  #bytes = 0;
  #longest = 0;

  constructor(path: string) {
    this.path = path;
    this.#stream = createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: WAITING_BYTES });
    this.#written = finished(this.#stream);
    this.#written.catch(() => undefined);
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of the pieces in which they came: no row is longer. Bytes. */
  get longest(): number {
    return this.#longest;
  }

  /** Whole rows. They must not change any more. */
  async write(csv: Uint8Array, rows: number): Promise<void> {
    this.#rows += rows;
    this.#bytes += csv.length;
    this.#longest = Math.max(this.#longest, csv.length);
    if (this.#stream.write(csv)) return;
    // After a failure there is no drain.
    await Promise.race([once(this.#stream, 'drain'), this.#written]);
  }

  async end(): Promise<void> {
    this.#stream.end();
    await this.#written;
  }

  /** Gives up; what was written must not be used. */
  destroy(): void {
    this.#stream.destroy();
  }
}
