import { CsvStage } from './csv-stage.ts';
import { lineBuilder } from './row-text.ts';
import { LONG_ROW_BYTES } from './stage-sql.ts';
import type { Staging } from './staging.ts';

/** What a FIFO holds; V8 would put longer texts where only a full collection finds them again. */
const CHUNK_CHARACTERS = 64 * 1024;

type TextRow = readonly (string | null)[];

/** Takes rows of server text into the staging table. */
export class RowStage {
  readonly #csv: CsvStage;
  readonly #toLine: (texts: TextRow) => string;
  #chunk = '';
  #rows = 0;
  /** A row too long for the statement of the others, as CSV. */
  #longRow: Buffer | undefined;

  private constructor(csv: CsvStage, staging: Staging) {
    this.#csv = csv;
    this.#toLine = lineBuilder(staging.plan);
  }

  static async open(staging: Staging): Promise<RowStage> {
    return new RowStage(await CsvStage.open(staging), staging);
  }

  /** As CSV, of all rows so far. */
  get characters(): number {
    return this.#csv.characters + this.#chunk.length;
  }

  /** @returns whether {@link flush} must come before the next row */
  add(texts: TextRow): boolean {
    const line = this.#toLine(texts);
    // A character takes three bytes at most.
    if (line.length > LONG_ROW_BYTES / 3) {
      const bytes = Buffer.from(line);
      if (bytes.length > LONG_ROW_BYTES) {
        this.#longRow = bytes;
        return true;
      }
    }
    this.#chunk += line;
    this.#rows += 1;
    return this.#chunk.length >= CHUNK_CHARACTERS || this.#csv.isFull(this.#rows, this.#chunk.length);
  }

  async flush(): Promise<void> {
    const [chunk, rows, longRow] = [this.#chunk, this.#rows, this.#longRow];
    this.#chunk = '';
    this.#rows = 0;
    this.#longRow = undefined;
    if (rows > 0) await this.#csv.write(chunk, rows);
    if (longRow) await this.#csv.writeLong(longRow);
  }

  /** Every row is there. */
  async end(): Promise<void> {
    await this.flush();
    await this.#csv.end();
  }

  /** Gives up; what was staged must not be used. */
  destroy(): Promise<void> {
    return this.#csv.destroy();
  }
}
