import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { CsvFile } from './csv-file.ts';
import { ROW_GROUP_ROWS } from './request.ts';
import { LONG_ROW_BYTES, stageStatement } from './stage-sql.ts';
import { createStagedTable } from './staged-table.ts';
import type { Staging } from './staging.ts';
import { TableFiller } from './table-filler.ts';

const MB = 1_000_000;
/** A file is this large at least, the last one apart. */
const FILE_BYTES = 24 * MB;
/** So many at most are read at a time: each takes memory for a row group. */
const MOST_AT_ONCE = 2;
/** DuckDB's vectors: a file that ends with one leaves no gap before the next (key-order.ts). */
const VECTOR_ROWS = 2_048;
/** DuckDB holds a row so many times at once where its documents are cast; found with one of 100 MB (docs/adr/0025). */
const COPIES_OF_A_ROW = 10;

/**
 * Takes rows as CSV into the staging table: through files of some row groups, which DuckDB reads while the next one is written. It takes them
 * with one thread each: two that share a file take rows in batches, at nearly twice the work.
 */
export class CsvStage {
  readonly #staging: Staging;
  readonly #filler: TableFiller;
  #file: CsvFile | undefined;
  #files = 0;
  #rows = 0;
  #characters = 0;

  private constructor(staging: Staging) {
    const { engine, engineLimitMB, plan } = staging;
    const insert = ({ path, longest }: CsvFile) => stageStatement(path, plan, longest);
    this.#staging = staging;
    this.#filler = new TableFiller(engine, engineLimitMB, Math.min(MOST_AT_ONCE, availableParallelism()), insert);
  }

  static async open(staging: Staging): Promise<CsvStage> {
    await staging.engine.run('SET threads = 1');
    await createStagedTable(staging.engine, staging.plan);
    return new CsvStage(staging);
  }

  /** Of all rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Of all rows so far, bytes. */
  get characters(): number {
    return this.#characters;
  }

  /** Whether a file that will have so many more rows and characters should end with them. */
  isFull(rows: number, characters: number): boolean {
    const bytes = (this.#file?.bytes ?? 0) + characters;
    if (bytes < FILE_BYTES) return false;
    const ends = (of: number) => (this.#rows + rows) % of === 0;
    if ((this.#file?.rows ?? 0) + rows >= ROW_GROUP_ROWS) return ends(ROW_GROUP_ROWS) || bytes >= 2 * FILE_BYTES;
    return bytes >= FILE_BYTES * (ends(VECTOR_ROWS) ? 3 : 4);
  }

  /** Whole rows, none of them longer than {@link LONG_ROW_BYTES}. */
  async write(csv: Uint8Array, rows: number): Promise<void> {
    const full = this.isFull(rows, csv.length);
    await this.#write(csv, rows);
    if (full) await this.#endFile();
  }

  /**
   * One row of any length: it comes alone, into a buffer of its length.
   * @throws SNAPKEEP_VALUE_INEXACT where the memory would not do
   */
  async writeLong(row: Uint8Array): Promise<void> {
    this.#refuseTooLong(row.length);
    await this.#endFile();
    await this.#write(row, 1);
    await this.#endFile({ alone: true });
  }

  /** Every row is there. */
  async end(): Promise<void> {
    await this.#endFile({ last: true });
    await this.#filler.end();
    await this.#staging.engine.run('RESET threads');
  }

  interrupt(): void {
    this.#filler.interrupt();
  }

  /** Gives up; what was staged must not be used. */
  async destroy(): Promise<void> {
    this.#file?.destroy();
    await this.#filler.destroy();
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

  async #write(csv: Uint8Array, rows: number): Promise<void> {
    if (!this.#file) {
      this.#files += 1;
      this.#file = new CsvFile(join(this.#staging.directory, `rows-${this.#files}.csv`));
    }
    this.#rows += rows;
    this.#characters += csv.length;
    await this.#file.write(csv, rows);
  }

  async #endFile(how?: { readonly alone?: boolean; readonly last?: boolean }): Promise<void> {
    const file = this.#file;
    if (!file) return;
    await file.end();
    this.#file = undefined;
    await this.#filler.add(file, how);
  }
}
