import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { CsvPipe, makeFifo } from './csv-pipe.ts';
import { dropCache } from './memory.ts';
import { LONG_ROW_BYTES, stageStatement } from './stage-sql.ts';
import { createStagedTable } from './staged-table.ts';
import type { Staging } from './staging.ts';

/** DuckDB keeps all that it has read from a FIFO until its end: an end now and then keeps that little. */
const SEGMENT_CHARACTERS = 24 * 1024 * 1024;
/** DuckDB's row groups and vectors: a segment that ends with one leaves no gap before the next (key-order.ts). */
const ROW_GROUP_ROWS = 122_880;
const VECTOR_ROWS = 2_048;
/** DuckDB holds a row so many times at once where its documents are cast; found with one of 100 MB (docs/adr/0025). */
const COPIES_OF_A_ROW = 10;
const MB = 1_000_000;

interface Segment {
  readonly pipe: CsvPipe;
  readonly done: Promise<void>;
  characters: number;
}

/** Takes rows as CSV into the staging table: through a FIFO, in one transaction of DuckDB. */
export class CsvStage {
  readonly #staging: Staging;
  readonly #path: string;
  readonly #statement: string;
  #segment: Segment | undefined;
  #rows = 0;
  #characters = 0;

  private constructor(staging: Staging, path: string) {
    this.#staging = staging;
    this.#path = path;
    this.#statement = stageStatement(path, staging.plan);
  }

  static async open(staging: Staging): Promise<CsvStage> {
    const path = join(staging.directory, 'rows.csv');
    await makeFifo(path);
    // One thread reads a FIFO. Beside a second one DuckDB takes the rows in batches, at nearly twice the work.
    await staging.engine.run('SET threads = 1');
    await staging.engine.run('BEGIN');
    await createStagedTable(staging.engine, staging.plan);
    return new CsvStage(staging, path);
  }

  /** Of all rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Of all rows so far, bytes. */
  get characters(): number {
    return this.#characters;
  }

  /** Whether a segment that will have so many more rows and characters should end with them. */
  isFull(rows: number, characters: number): boolean {
    const total = (this.#segment?.characters ?? 0) + characters;
    if (total < SEGMENT_CHARACTERS) return false;
    if ((this.#rows + rows) % ROW_GROUP_ROWS === 0) return true;
    // The larger it is, the less its last row matters.
    return total >= SEGMENT_CHARACTERS * ((this.#rows + rows) % VECTOR_ROWS === 0 ? 1.5 : 3);
  }

  /** Whole rows, none of them longer than {@link LONG_ROW_BYTES}. */
  async write(csv: Uint8Array, rows: number): Promise<void> {
    const full = this.isFull(rows, csv.length);
    this.#segment ??= await this.#begin(this.#statement);
    this.#segment.characters += csv.length;
    this.#count(rows, csv.length);
    await this.#segment.pipe.write(csv);
    if (full) await this.#endSegment();
  }

  /**
   * One row of any length: it comes alone, into a buffer of its length.
   * @throws SNAPKEEP_VALUE_INEXACT where the memory would not do
   */
  async writeLong(row: Uint8Array): Promise<void> {
    this.#refuseTooLong(row.length);
    await this.#endSegment();
    this.#segment = await this.#begin(stageStatement(this.#path, this.#staging.plan, row.length));
    this.#count(1, row.length);
    await this.#segment.pipe.write(row);
    await this.#endSegment();
  }

  /** Every row is there. */
  async end(): Promise<void> {
    await this.#endSegment();
    await this.#staging.engine.run('COMMIT');
    await this.#staging.engine.run('RESET threads');
  }

  /** Gives up; what was staged must not be used. */
  async destroy(): Promise<void> {
    this.#segment?.pipe.destroy();
    this.#staging.engine.interrupt();
    await this.#segment?.done.catch(() => undefined);
  }

  #count(rows: number, characters: number): void {
    this.#rows += rows;
    this.#characters += characters;
  }

  #refuseTooLong(bytes: number): void {
    const limitMB = this.#staging.memoryLimitMB;
    const neededMB = Math.ceil((bytes * COPIES_OF_A_ROW) / MB);
    if (neededMB <= limitMB) return;
    const row = this.#rows + 1;
    throw new SnapkeepError(
      'SNAPKEEP_VALUE_INEXACT',
      `row ${row.toLocaleString('en')} takes ${(bytes / MB).toFixed(1)} MB; with memoryLimitMB: ${limitMB} one row may take ${limitMB / COPIES_OF_A_ROW} MB`,
      {
        hint: `Write memoryLimitMB: ${neededMB} into the configuration, or leave the row or the column out with a query.`,
        details: { row, bytes, memoryLimitMB: limitMB, neededMB },
      },
    );
  }

  async #begin(statement: string): Promise<Segment> {
    const segment = await CsvPipe.open(this.#path, () => this.#staging.engine.run(statement));
    return { ...segment, characters: 0 };
  }

  async #endSegment(): Promise<void> {
    if (!this.#segment) return;
    await this.#segment.pipe.end();
    await this.#segment.done;
    this.#segment = undefined;
    await dropCache(this.#staging.engine, this.#staging.engineLimitMB);
  }
}
