import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ExportPlan, type InvalidPolicy, type Manifest, shorten, type Violation } from '@snapkeep/sdk';
import { csvText } from '../csv.ts';

/** Lines of the CSV report; what comes after is counted, not written. */
export const MAX_REPORT_LINES = 100_000;
const EXAMPLES_PER_CAUSE = 5;
/** Causes told apart; a schema has no more, a hostile row might. */
const MAX_CAUSES = 1_000;

export interface RejectedExample {
  /** Key columns and their texts. */
  readonly key: Readonly<Record<string, string | null>>;
  /** Number of the row as it was read, from 1; where the dataset has no key it is all there is. */
  readonly row: number;
  /** Shortened and with control characters escaped. */
  readonly value: string | null;
}

/** Rows that broke the schema for one reason. */
export interface Cause {
  readonly column: string;
  readonly pointer: string;
  readonly keyword: string;
  readonly schemaPath: string;
  readonly message: string;
  rows: number;
  readonly examples: RejectedExample[];
}

/** Collects what broke the schema: grouped for people, line by line for the report. */
export class Rejections {
  readonly reportPath: string;
  readonly #plan: ExportPlan;
  readonly #policy: InvalidPolicy;
  readonly #position: ReadonlyMap<string, number>;
  readonly #causes = new Map<string, Cause>();
  #report: FileHandle | undefined;
  #lines = 0;
  rows = 0;

  /** @param reportPath - absolute; the file comes into being with the first rejected row */
  constructor(plan: ExportPlan, reportPath: string) {
    this.#plan = plan;
    this.#policy = plan.validation?.onInvalid ?? 'fail';
    this.reportPath = reportPath;
    this.#position = new Map(plan.columns.map(({ name }, index) => [name, index]));
  }

  /** Whether a row was rejected that must not be: nothing will be published. */
  get fatal(): boolean {
    return this.#policy === 'fail' && this.rows > 0;
  }

  /** Most frequent first. */
  get causes(): Cause[] {
    return [...this.#causes.values()].sort((a, b) => b.rows - a.rows);
  }

  get summary(): Manifest['validation']['causes'] {
    return this.causes.map(({ schemaPath, column, message, rows }) => ({ schemaPath, column, message, rows }));
  }

  /** @param row - the row's number as it was read, from 1 */
  async add(texts: readonly (string | null)[], violations: readonly Violation[], row: number): Promise<void> {
    this.rows += 1;
    const seen = new Set<string>();
    for (const violation of violations) {
      const example = this.#exampleOf(texts, violation, row);
      if (!seen.has(violation.schemaPath)) this.#count(violation, example);
      seen.add(violation.schemaPath);
      await this.#write(violation, example);
    }
  }

  async close(): Promise<void> {
    await this.#report?.close();
    this.#report = undefined;
  }

  /** What was rejected so far is of no use: not all rows came. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.reportPath, { force: true });
  }

  #exampleOf(texts: readonly (string | null)[], violation: Violation, row: number): RejectedExample {
    const textOf = (column: string) => texts[this.#position.get(column) ?? -1] ?? null;
    const value = textOf(violation.column);
    return {
      key: Object.fromEntries(this.#plan.key.map((column) => [column, textOf(column)])),
      row,
      value: value === null ? null : shorten(value),
    };
  }

  #count({ column, pointer, keyword, schemaPath, message }: Violation, example: RejectedExample): void {
    const id = `${column}\n${schemaPath}`;
    let cause = this.#causes.get(id);
    if (!cause) {
      if (this.#causes.size >= MAX_CAUSES) return;
      cause = { column, pointer, keyword, schemaPath, message, rows: 0, examples: [] };
      this.#causes.set(id, cause);
    }
    cause.rows += 1;
    if (cause.examples.length < EXAMPLES_PER_CAUSE) cause.examples.push(example);
  }

  async #write(violation: Violation, { key, row, value }: RejectedExample): Promise<void> {
    if (this.#lines >= MAX_REPORT_LINES) return;
    if (!this.#report) {
      await mkdir(dirname(this.reportPath), { recursive: true, mode: 0o700 });
      this.#report = await open(this.reportPath, 'w', 0o600);
      const header = ['row', ...this.#plan.key, 'column', 'pointer', 'keyword', 'message', 'value'];
      await this.#report.write(csvText([header]));
    }
    this.#lines += 1;
    const { column, pointer, keyword, message } = violation;
    const line = [String(row), ...Object.values(key), column, pointer, keyword, message, value];
    await this.#report.write(csvText([line]));
  }
}
