import { rm } from 'node:fs/promises';
import type { ColumnPlan, ExportPlan, InvalidPolicy, JsonRow, Manifest, Violation } from '@snapkeep/sdk';
import { csvText } from '../csv.ts';
import { exceeds, type InvalidBound, parseBound } from './bound.ts';
import { BufferedFile } from './buffered-file.ts';
import { type Cause, Causes, type RejectedExample } from './causes.ts';
import { removeOldReports } from './reports.ts';
import { MASKED, maskedPointer, valueAt } from './shown.ts';
import { QuarantineSpill } from './spill.ts';

/** Lines of the CSV report; what comes after is counted, not written. */
export const MAX_REPORT_LINES = 100_000;

/** What a row was made of. */
export interface RejectedRow {
  /** The source's text of each column of the plan. */
  readonly texts: readonly (string | null)[];
  /** The same as the validator saw it. */
  readonly json: JsonRow;
  /** Its number as it was read, from 1. */
  readonly number: number;
}

/** How rows are judged and shown, of an export's plan or of whatever else is checked. */
export type RejectionPlan = Pick<ExportPlan, 'columns' | 'key' | 'sensitive' | 'validation'>;

/**
 * Takes what broke the schema: grouped for people, line by line for the report, in full for the quarantine. Memory doesn't
 * grow with the rows.
 */
export class Rejections {
  readonly reportPath: string;
  /** Where the policy keeps rows: they wait here. */
  readonly spill: QuarantineSpill | undefined;
  readonly #plan: RejectionPlan;
  readonly #policy: InvalidPolicy;
  readonly #bound: InvalidBound | undefined;
  readonly #columns: ReadonlyMap<string, { readonly index: number; readonly column: ColumnPlan }>;
  readonly #sensitive: ReadonlySet<string>;
  readonly #causes = new Causes();
  readonly #report: BufferedFile;
  #lines = 0;
  #isWhole = true;
  rows = 0;

  /**
   * @param reportPath - absolute; the file comes into being with the first rejected row
   * @param spillPath - absolute; where rows wait that a quarantine will keep
   */
  constructor(plan: RejectionPlan, reportPath: string, spillPath?: string) {
    this.#plan = plan;
    this.#policy = plan.validation?.onInvalid ?? 'fail';
    this.#bound = parseBound(plan.validation?.maxInvalid ?? '');
    this.reportPath = reportPath;
    this.#report = new BufferedFile(reportPath);
    this.#columns = new Map(plan.columns.map((column, index) => [column.name, { index, column }]));
    this.#sensitive = new Set(plan.sensitive);
    if (this.#policy === 'quarantine' && spillPath !== undefined) this.spill = new QuarantineSpill(spillPath);
  }

  /** Whether a row was rejected that must not be: nothing will be published. */
  get fatal(): boolean {
    if (this.#policy === 'fail') return this.rows > 0;
    return this.#bound?.unit === 'rows' && exceeds(this.#bound, this.rows, 0);
  }

  /** Whether reading on is of no use. */
  get finished(): boolean {
    return this.fatal && this.#plan.validation?.failFast === true;
  }

  /** Whether more rows were kept out than may be, now that all were read. */
  exceeded(read: number): boolean {
    return this.#policy !== 'fail' && this.#bound !== undefined && exceeds(this.#bound, this.rows, read);
  }

  /** Most frequent first. */
  get causes(): Cause[] {
    return this.#causes.all;
  }

  get summary(): Manifest['validation']['causes'] {
    return this.#causes.summary;
  }

  /** Where to read more, in words that are true of a report that ended early too. */
  get reportText(): string {
    const what = this.#isWhole ? 'All of them' : `The first ${MAX_REPORT_LINES.toLocaleString('en')} reasons`;
    return `${what}: ${this.reportPath}`;
  }

  async add(row: RejectedRow, violations: readonly Violation[]): Promise<void> {
    this.rows += 1;
    const exampleOf = (violation: Violation) => this.#exampleOf(row, violation);
    this.#causes.addRow(violations, exampleOf);
    for (const violation of violations) await this.#write(violation, exampleOf);
    if (!this.fatal) await this.spill?.add(row.texts, violations);
  }

  async close(): Promise<void> {
    await this.#report.close();
    await this.spill?.close();
    if (this.#lines > 0) await removeOldReports(this.reportPath);
  }

  /** What was rejected so far is of no use: not all rows came. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.reportPath, { force: true });
  }

  #textOf({ texts }: RejectedRow, column: string): string | null {
    const text = texts[this.#columns.get(column)?.index ?? -1] ?? null;
    return text !== null && this.#sensitive.has(column) ? MASKED : text;
  }

  #exampleOf(row: RejectedRow, { column: name, pointer }: Violation): RejectedExample {
    const masked = this.#sensitive.has(name);
    const text = this.#textOf(row, name);
    const { column } = this.#columns.get(name) ?? {};
    return {
      key: Object.fromEntries(this.#plan.key.map((part) => [part, this.#textOf(row, part)])),
      row: row.number,
      pointer: masked ? maskedPointer(pointer) : pointer,
      value: masked || !column ? text : valueAt(pointer, text, column.type, row.json),
    };
  }

  async #write(violation: Violation, exampleOf: (violation: Violation) => RejectedExample): Promise<void> {
    if (this.#lines >= MAX_REPORT_LINES) {
      this.#isWhole = false;
      return;
    }
    if (this.#lines === 0) {
      const header = ['row', ...this.#plan.key, 'column', 'pointer', 'keyword', 'message', 'value'];
      await this.#report.append(csvText([header]));
    }
    this.#lines += 1;
    const { key, row, pointer, value } = exampleOf(violation);
    const { column, keyword, message } = violation;
    const line = [String(row), ...Object.values(key), column, pointer, keyword, message, value];
    await this.#report.append(csvText([line]));
  }
}
