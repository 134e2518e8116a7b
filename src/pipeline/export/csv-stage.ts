import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ExportPlan, heldType, isNested, SnapkeepError } from '@snapkeep/sdk';
import { isUnreadableCsv } from '../../engine/engine-error.ts';
import { CsvFile } from './csv-file.ts';
import { padVector, removePadding } from './padding.ts';
import { areVeryLong, VECTOR_ROWS } from './row-group-size.ts';
import { averageRow } from './row-width.ts';
import { LONG_ROW_BYTES, stageStatement } from './stage-sql.ts';
import { createStagedTable } from './staged-table.ts';
import type { Staging } from './staging.ts';
import { TableFiller } from './table-filler.ts';
import { setThreads } from './threads.ts';

const MB = 1_000_000;
/** The first file, so that DuckDB has something to do early. Each is twice as large as the one before … */
const FIRST_BYTES = MB;
/** … up to here: to begin with a file takes some milliseconds. */
const FILE_BYTES = 16 * MB;
/** Of rows as long as these, with columns that are taken apart: of a vector there are several lists of texts at once, each larger than what it is made of. */
const LONG_NESTED_BYTES = 1024;
const NESTED_FILE_BYTES = 4 * MB;
/** A transaction has so much at least, and a row group. */
const TRANSACTION_BYTES = 24 * MB;
/** So many transactions at most are filled at a time: each takes memory for a row group. */
const MOST_AT_ONCE = 2;
/** DuckDB holds a row so many times at once where its documents are cast; found with one of 100 MB (docs/adr/0025). */
const COPIES_OF_A_ROW = 10;

/** DuckDB's own message shows the row, which may hold what nobody should see. */
function notPlain({ capabilities }: ExportPlan): SnapkeepError {
  const message = `the source ${capabilities.source} sent bytes that are not rows of its columns`;
  const hint = 'Export with --lane row, and tell the makers of the source.';
  return new SnapkeepError('SNAPKEEP_PLUGIN_INVALID', message, { hint });
}

/**
 * Takes rows as CSV into the staging table: through files of some row groups, which DuckDB reads while the next one is written. It takes them
 * with one thread each: two that share a file take rows in batches, at nearly twice the work.
 */
export class CsvStage {
  readonly #staging: Staging;
  readonly #filler: TableFiller;
  readonly #fileBytes: number;
  readonly #plain: boolean;
  #file: CsvFile | undefined;
  #files = 0;
  #isPadded = false;
  /** Of the transaction to which the next file belongs. */
  #open = { rows: 0, bytes: 0 };
  #rows = 0;
  #characters = 0;

  private constructor(staging: Staging, plain: boolean) {
    const { engine, engineLimitMB, plan } = staging;
    const insert = (file: CsvFile) => this.#insert(file);
    this.#staging = staging;
    this.#plain = plain;
    const isLong = (averageRow(plan.relation) ?? 0) > LONG_NESTED_BYTES;
    const isTakenApart = plan.columns.some((column) => isNested(heldType(column)));
    this.#fileBytes = isLong && isTakenApart ? NESTED_FILE_BYTES : FILE_BYTES;
    this.#filler = new TableFiller(engine, engineLimitMB, Math.min(MOST_AT_ONCE, availableParallelism()), insert);
  }

  /** @param plain - whether the texts are those that `ByteFormat` of the SDK promises */
  static async open(staging: Staging, plain: boolean): Promise<CsvStage> {
    await setThreads(staging.engine, 1);
    await createStagedTable(staging.engine, staging.plan);
    return new CsvStage(staging, plain);
  }

  /** Of all rows so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Of all rows so far, bytes. */
  get characters(): number {
    return this.#characters;
  }

  /** Whether the file should end with so many more rows and bytes. */
  isFull(rows: number, bytes: number): boolean {
    const inFile = (this.#file?.bytes ?? 0) + bytes;
    const most = Math.min(this.#fileBytes, FIRST_BYTES * 2 ** this.#files);
    if (inFile >= most * 2 || (inFile >= most && (this.#rows + rows) % VECTOR_ROWS === 0)) return true;
    return this.#endsTransaction(rows, bytes);
  }

  #endsTransaction(rows: number, bytes: number): boolean {
    const total = this.#open.bytes + bytes;
    const { rowGroupRows } = this.#staging;
    if (total < TRANSACTION_BYTES || this.#open.rows + rows < rowGroupRows) return false;
    return (this.#rows + rows) % rowGroupRows === 0 || total >= 2 * TRANSACTION_BYTES;
  }

  /** Whole rows, none of them longer than {@link LONG_ROW_BYTES}. They may change once this is done. */
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
    await this.#endFile();
  }

  /** Every row is there. */
  async end(): Promise<void> {
    await this.#endFile();
    await this.#filler.end().catch((error: unknown) => this.#fail(error));
    if (this.#isPadded) await removePadding(this.#staging.engine, 'staged');
    await setThreads(this.#staging.engine, this.#staging.threads);
  }

  interrupt(): void {
    this.#filler.interrupt();
  }

  /** Gives up; what was staged must not be used. */
  async destroy(): Promise<void> {
    await this.#file?.destroy();
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
    this.#file ??= new CsvFile(join(this.#staging.directory, `rows-${this.#files}.csv`));
    this.#rows += rows;
    this.#characters += csv.length;
    this.#open.rows += rows;
    this.#open.bytes += csv.length;
    await this.#file.write(csv, rows);
  }

  /** Adds the rows of a file; of very long ones no others come into their vector. */
  #insert({ path, longest, rows, bytes }: CsvFile): string[] {
    const { plan } = this.#staging;
    const statements = [stageStatement({ path, longest, plain: this.#plain }, plan)];
    if (!areVeryLong({ rows, characters: bytes })) return statements;
    this.#isPadded = true;
    return [...statements, padVector(plan, 'staged', String(rows))];
  }

  async #endFile(): Promise<void> {
    const file = this.#file;
    if (!file) return;
    await file.end();
    this.#file = undefined;
    this.#files += 1;
    const ends = this.#endsTransaction(0, 0);
    if (ends) this.#open = { rows: 0, bytes: 0 };
    await this.#filler.add(file, ends).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): never {
    if (this.#plain && isUnreadableCsv(error)) throw notPlain(this.#staging.plan);
    throw error;
  }
}
