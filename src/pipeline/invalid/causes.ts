import type { Manifest, Violation } from '@snapkeep/sdk';

const EXAMPLES_PER_CAUSE = 5;
/** Causes told apart; a schema has no more, a hostile row might. */
export const MAX_CAUSES = 1_000;

/** One row that was rejected for a reason. Values of `x-sensitive` columns are `***`, those of the key too. */
export interface RejectedExample {
  /** Key columns and their texts. */
  readonly key: Readonly<Record<string, string | null>>;
  /** Number of the row as it was read, from 1; where the dataset has no key it is all there is. */
  readonly row: number;
  /** JSON pointer from the row. */
  readonly pointer: string;
  /** What stands there: shortened and with control characters escaped; `null` is NULL, or nothing. */
  readonly value: string | null;
}

/** Rows that broke the schema for one reason. */
export interface Cause {
  readonly column: string;
  /** Of the first example. */
  readonly pointer: string;
  readonly keyword: string;
  readonly schemaPath: string;
  readonly message: string;
  rows: number;
  readonly examples: RejectedExample[];
}

/** The same without rows to show. */
export type CauseSummary = Omit<Cause, 'examples'>;

/** Violations by what they broke. */
export class Causes {
  readonly #causes = new Map<string, Cause>();

  /** Most frequent first. */
  get all(): Cause[] {
    return [...this.#causes.values()].sort((a, b) => b.rows - a.rows);
  }

  get summary(): Manifest['validation']['causes'] {
    return this.all.map(({ schemaPath, column, message, rows }) => ({ schemaPath, column, message, rows }));
  }

  /** Counts each cause once, however often one row breaks it. */
  addRow(violations: readonly Violation[], exampleOf: (violation: Violation) => RejectedExample): void {
    const seen = new Set<string>();
    for (const violation of violations) {
      const id = `${violation.column}\n${violation.schemaPath}`;
      if (seen.has(id)) continue;
      seen.add(id);
      const cause = this.#causes.get(id) ?? this.#begin(id, violation, exampleOf);
      if (!cause) continue;
      cause.rows += 1;
      if (cause.examples.length < EXAMPLES_PER_CAUSE) cause.examples.push(exampleOf(violation));
    }
  }

  #begin(id: string, violation: Violation, exampleOf: (violation: Violation) => RejectedExample): Cause | undefined {
    if (this.#causes.size >= MAX_CAUSES) return undefined;
    const { column, keyword, schemaPath, message } = violation;
    const cause = {
      column,
      pointer: exampleOf(violation).pointer,
      keyword,
      schemaPath,
      message,
      rows: 0,
      examples: [],
    };
    this.#causes.set(id, cause);
    return cause;
  }
}
