import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A call of the system for every line would cost more than the line. */
const CHUNK_CHARACTERS = 64 * 1024;

/** A text file of our user's own that comes into being with its first line. */
export class BufferedFile {
  readonly path: string;
  #handle: FileHandle | undefined;
  #chunk = '';

  /** @param path - absolute */
  constructor(path: string) {
    this.path = path;
  }

  async append(text: string): Promise<void> {
    this.#chunk += text;
    if (this.#chunk.length >= CHUNK_CHARACTERS) await this.#flush();
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    if (this.#chunk !== '') await this.#flush();
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #flush(): Promise<void> {
    const chunk = this.#chunk;
    this.#chunk = '';
    if (!this.#handle) {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
      this.#handle = await open(this.path, 'w', 0o600);
    }
    await this.#handle.write(chunk);
  }
}
