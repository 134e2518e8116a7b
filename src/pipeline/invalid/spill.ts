import type { Violation } from '@snapkeep/sdk';
import { csvField } from '../export/csv-field.ts';
import { BufferedFile } from './buffered-file.ts';

/** Rows for the quarantine, on disk until all rows were read: half a million of them take no memory. */
export class QuarantineSpill {
  readonly #file: BufferedFile;
  rows = 0;
  /** Of the longest line, in bytes. */
  longestBytes = 0;

  /** @param path - absolute; the file comes into being with the first row */
  constructor(path: string) {
    this.#file = new BufferedFile(path);
  }

  get path(): string {
    return this.#file.path;
  }

  /** One line: the reasons as JSON, then the texts. */
  async add(texts: readonly (string | null)[], violations: readonly Violation[]): Promise<void> {
    const reasons = violations.map(({ column, pointer, keyword, schemaPath, message }) => ({
      column,
      pointer,
      keyword,
      schema_path: schemaPath,
      message,
    }));
    const line = `${[JSON.stringify(reasons), ...texts].map(csvField).join(',')}\n`;
    this.rows += 1;
    this.longestBytes = Math.max(this.longestBytes, Buffer.byteLength(line));
    await this.#file.append(line);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
