/** What became of a value, see docs/fidelity.md. */
export const VERDICTS = ['exact', 'annotated', 'changed', 'rejected'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Cell {
  readonly verdict: Verdict;
  /** Changed: what the file says, `null` for NULL. */
  readonly text?: string | null;
  /** Rejected: the tool's message. Annotated: what a reader has to know, where text alone doesn't say it. */
  readonly reason?: string;
}

export interface ToolReport {
  readonly id: string;
  readonly name: string;
  /** Packages and their versions; absent where the tool could not be had. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Why it could not be had. */
  readonly missing?: string;
  /** How it was called. */
  readonly how: string;
  /** What of its options bears on the result and wasn't used. */
  readonly note?: string;
}

export interface CaseReport {
  readonly name: string;
  readonly type: string;
  readonly about?: string;
  /** How the type was made, where PostgreSQL doesn't bring it. */
  readonly made?: readonly string[];
  /** As the server prints them; the last is NULL. */
  readonly values: readonly (string | null)[];
  /** By tool. */
  readonly results: Readonly<Record<string, ColumnResult>>;
}

export interface ColumnResult {
  /** The type that readers see, on one line; null where nothing was written. */
  readonly type: string | null;
  /** The column as a whole was rejected; values were then tried one by one. */
  readonly rejectedWhole?: string;
  /** The values that it accepts alone it doesn't accept together. */
  readonly apart?: true;
  /** One for each of `values`. */
  readonly cells: readonly Cell[];
}

export interface Report {
  readonly server: string;
  readonly tools: readonly ToolReport[];
  readonly cases: readonly CaseReport[];
}
