import { CsvRows } from './csv-rows.ts';
import { CsvStage } from './csv-stage.ts';
import { LONG_ROW_BYTES } from './stage-sql.ts';
import type { Staging } from './staging.ts';

/** Takes rows of server text into the staging table. */
export class RowStage {
  readonly #csv: CsvStage;
  readonly #waiting = new CsvRows();
  #rows = 0;
  /** A row too long for the statement of the others, as CSV. */
  #longRow: Buffer | undefined;

  private constructor(csv: CsvStage) {
    this.#csv = csv;
  }

  static async open(staging: Staging): Promise<RowStage> {
    return new RowStage(await CsvStage.open(staging, false));
  }

  /** As CSV, of all rows so far; bytes. */
  get characters(): number {
    return this.#csv.characters + this.#waiting.length;
  }

  /** @returns whether {@link flush} must come before the next row */
  add(texts: readonly (string | null)[]): boolean {
    const bytes = this.#waiting.add(texts);
    if (bytes > LONG_ROW_BYTES) {
      this.#longRow = Buffer.from(this.#waiting.takeLast(bytes));
      return true;
    }
    this.#rows += 1;
    return this.#waiting.isFull || this.#csv.isFull(this.#rows, this.#waiting.length);
  }

  async flush(): Promise<void> {
    const [rows, longRow] = [this.#rows, this.#longRow];
    this.#rows = 0;
    this.#longRow = undefined;
    if (rows > 0) await this.#csv.write(this.#waiting.take(), rows);
    if (longRow) await this.#csv.writeLong(longRow);
  }

  /** Every row is there. */
  async end(): Promise<void> {
    await this.flush();
    await this.#csv.end();
  }

  interrupt(): void {
    this.#csv.interrupt();
  }

  /** Gives up; what was staged must not be used. */
  destroy(): Promise<void> {
    return this.#csv.destroy();
  }
}
