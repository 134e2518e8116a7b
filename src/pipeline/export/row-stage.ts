import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { CsvPipe, makeFifo } from './csv-pipe.ts';
import { lineBuilder } from './row-text.ts';
import { createStatement, LONG_ROW_BYTES, stageStatement } from './stage-sql.ts';
import type { Staging } from './staging.ts';

/** What a FIFO holds; V8 would put longer texts where only a full collection finds them again. */
const CHUNK_CHARACTERS = 64 * 1024;
/** DuckDB keeps all that it has read from a FIFO until its end: an end now and then keeps that little. */
const SEGMENT_CHARACTERS = 24 * 1024 * 1024;
/** DuckDB's row groups and vectors: a segment that ends with one leaves no gap before the next (key-order.ts). */
const ROW_GROUP_ROWS = 122_880;
const VECTOR_ROWS = 2_048;
/** DuckDB holds a row so many times at once where its documents are cast; found with one of 100 MB (docs/adr/0025). */
const COPIES_OF_A_ROW = 10;
const MB = 1_000_000;

type TextRow = readonly (string | null)[];

interface Segment {
  readonly pipe: CsvPipe;
  readonly done: Promise<void>;
  characters: number;
}

/** Takes rows of server text into the staging table: as CSV through a FIFO, in one transaction of DuckDB. */
export class RowStage {
  readonly #staging: Staging;
  readonly #path: string;
  readonly #toLine: (texts: TextRow) => string;
  readonly #statement: string;
  #segment: Segment | undefined;
  #chunk = '';
  /** A row too long for the statement of the others, as CSV. */
  #longRow: Buffer | undefined;
  #rows = 0;
  #characters = 0;

  private constructor(staging: Staging, path: string) {
    this.#staging = staging;
    this.#path = path;
    this.#toLine = lineBuilder(staging.plan);
    this.#statement = stageStatement(path, staging.plan.columns);
  }

  static async open(staging: Staging): Promise<RowStage> {
    const path = join(staging.directory, 'rows.csv');
    await makeFifo(path);
    await staging.engine.run('BEGIN');
    await staging.engine.run(createStatement(staging.plan.columns));
    return new RowStage(staging, path);
  }

  /** As CSV, of all rows so far. */
  get characters(): number {
    return this.#characters;
  }

  /** @returns whether {@link flush} must come before the next row */
  add(texts: TextRow): boolean {
    const line = this.#toLine(texts);
    this.#rows += 1;
    this.#characters += line.length;
    // A character takes three bytes at most.
    if (line.length > LONG_ROW_BYTES / 3) {
      const bytes = Buffer.from(line);
      if (bytes.length > LONG_ROW_BYTES) {
        this.#refuseTooLong(bytes.length);
        this.#longRow = bytes;
        return true;
      }
    }
    this.#chunk += line;
    return this.#chunk.length >= CHUNK_CHARACTERS || this.#isFull();
  }

  async flush(): Promise<void> {
    const full = this.#isFull();
    if (this.#chunk !== '') {
      const chunk = this.#chunk;
      this.#chunk = '';
      this.#segment ??= await this.#begin(this.#statement);
      this.#segment.characters += chunk.length;
      await this.#segment.pipe.write(chunk);
    }
    if (full) await this.#endSegment();
    if (this.#longRow) await this.#writeLong(this.#longRow);
    this.#longRow = undefined;
  }

  /** Every row is there. */
  async end(): Promise<void> {
    await this.flush();
    await this.#endSegment();
    await this.#staging.engine.run('COMMIT');
  }

  /** Gives up; what was staged must not be used. */
  async destroy(): Promise<void> {
    this.#segment?.pipe.destroy();
    this.#staging.engine.interrupt();
    await this.#segment?.done.catch(() => undefined);
  }

  /** Whether the segment should end with this row; the larger it is, the less its last row matters. */
  #isFull(): boolean {
    const characters = (this.#segment?.characters ?? 0) + this.#chunk.length;
    if (characters < SEGMENT_CHARACTERS) return false;
    if (this.#rows % ROW_GROUP_ROWS === 0) return true;
    return characters >= SEGMENT_CHARACTERS * (this.#rows % VECTOR_ROWS === 0 ? 1.5 : 3);
  }

  /** A long row comes alone, into a buffer of its length. */
  async #writeLong(row: Buffer): Promise<void> {
    await this.#endSegment();
    this.#segment = await this.#begin(stageStatement(this.#path, this.#staging.plan.columns, row.length));
    await this.#segment.pipe.write(row);
    await this.#endSegment();
  }

  #refuseTooLong(bytes: number): void {
    const limitMB = this.#staging.memoryLimitMB;
    const neededMB = Math.ceil((bytes * COPIES_OF_A_ROW) / MB);
    if (neededMB <= limitMB) return;
    throw new SnapkeepError(
      'SNAPKEEP_VALUE_INEXACT',
      `row ${this.#rows.toLocaleString('en')} takes ${(bytes / MB).toFixed(1)} MB; with memoryLimitMB: ${limitMB} one row may take ${limitMB / COPIES_OF_A_ROW} MB`,
      {
        hint: `Write memoryLimitMB: ${neededMB} into the configuration, or leave the row or the column out with a query.`,
        details: { row: this.#rows, bytes, memoryLimitMB: limitMB, neededMB },
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
  }
}
