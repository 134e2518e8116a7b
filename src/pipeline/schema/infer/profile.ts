import type { Column, JsonRow, JsonValue } from '@snapkeep/sdk';
import { PATTERNS } from './patterns.ts';

/** Different texts that are kept of one column; with more it is no set. */
const MAX_DISTINCT = 30;
/** Longer texts are no label. */
const MAX_LABEL = 64;
/** Keys that are counted of a column's documents. */
const MAX_KEYS = 100;

/** What all values of one column have in common so far. Bounded, however many rows come. */
export class ColumnProfile {
  readonly column: Column;
  rows = 0;
  nulls = 0;
  numbers = 0;
  texts = 0;
  integers = true;
  minimum = Number.POSITIVE_INFINITY;
  maximum = Number.NEGATIVE_INFINITY;
  latest = '';
  /** Patterns that every text has matched. */
  patterns = PATTERNS;
  /** Different texts and how often each came; `null`: too many. */
  labels: Map<string, number> | null = new Map();
  readonly documentTypes = new Map<string, number>();
  readonly keys = new Map<string, number>();

  constructor(column: Column) {
    this.column = column;
  }

  add(value: JsonValue): void {
    this.rows += 1;
    if (value === null) this.nulls += 1;
    else if (this.column.type.kind === 'json') this.#document(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'string') this.#text(value);
  }

  #number(value: number): void {
    this.numbers += 1;
    if (value < this.minimum) this.minimum = value;
    if (value > this.maximum) this.maximum = value;
    if (this.integers && !Number.isInteger(value)) this.integers = false;
  }

  #text(value: string): void {
    this.texts += 1;
    if (this.column.type.kind === 'timestamp') {
      if (value > this.latest) this.latest = value;
      return;
    }
    if (this.column.type.kind !== 'string') return;
    if (this.patterns.length > 0 && !this.patterns.every(({ regExp }) => regExp.test(value))) {
      this.patterns = this.patterns.filter(({ regExp }) => regExp.test(value));
    }
    if (this.labels === null) return;
    if (value.length > MAX_LABEL || (this.labels.size === MAX_DISTINCT && !this.labels.has(value))) this.labels = null;
    else this.labels.set(value, (this.labels.get(value) ?? 0) + 1);
  }

  #document(value: JsonValue): void {
    const type = Array.isArray(value) ? 'array' : typeof value;
    this.documentTypes.set(type, (this.documentTypes.get(type) ?? 0) + 1);
    if (type !== 'object') return;
    for (const key in value as object) {
      const seen = this.keys.get(key);
      if (seen !== undefined || this.keys.size < MAX_KEYS) this.keys.set(key, (seen ?? 0) + 1);
    }
  }
}

/** One pass over rows in JSON form. */
export class Profiler {
  readonly columns: readonly ColumnProfile[];

  constructor(columns: readonly Column[]) {
    this.columns = columns.map((column) => new ColumnProfile(column));
  }

  add(row: JsonRow): void {
    for (const profile of this.columns) profile.add(row[profile.column.name] ?? null);
  }
}
