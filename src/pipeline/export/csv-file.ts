import { type FileHandle, open } from 'node:fs/promises';

/** What is written at once. */
const BUFFER_BYTES = 256 * 1024;

/** Rows as CSV in a file that nobody else can open, and that is gone before it would have to reach the disk. */
export class CsvFile {
  /** Absolute. */
  readonly path: string;
  readonly #file: Promise<FileHandle>;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #filled = 0;
  #rows = 0;
  #bytes = 0;
  #longest = 0;

  constructor(path: string) {
    this.path = path;
    this.#file = open(path, 'wx', 0o600);
    // Told by the first write.
    this.#file.catch(() => undefined);
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

  /** Whole rows. They may change once this is done. */
  async write(csv: Uint8Array, rows: number): Promise<void> {
    this.#rows += rows;
    this.#bytes += csv.length;
    this.#longest = Math.max(this.#longest, csv.length);
    if (this.#filled + csv.length > BUFFER_BYTES) await this.#flush();
    if (csv.length > BUFFER_BYTES) {
      await (await this.#file).appendFile(csv);
      return;
    }
    this.#buffer.set(csv, this.#filled);
    this.#filled += csv.length;
  }

  async end(): Promise<void> {
    await this.#flush();
    await (await this.#file).close();
  }

  /** Gives up; what was written must not be used. */
  async destroy(): Promise<void> {
    const file = await this.#file.catch(() => undefined);
    await file?.close().catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const filled = this.#filled;
    this.#filled = 0;
    await (await this.#file).appendFile(this.#buffer.subarray(0, filled));
  }
}
