import { ERRORS, type ErrorCode, type ExitCode } from './registry.ts';

const BRAND = Symbol.for('snapkeep.error');

export interface ErrorOptionsOf {
  /** What to do next, where it differs from the registry's line. */
  readonly hint?: string;
  /** Lines that a person sees between message and hint, e.g. one per broken rule; `details` has the same for programs. */
  readonly notes?: readonly string[];
  /** Facts for `--json`; plain JSON without secrets and without BigInt. */
  readonly details?: Readonly<Record<string, unknown>>;
  /**
   * More of `details`: facts that quote rows of the data. Whoever quotes them has masked the columns that the schema calls
   * `x-sensitive`; nothing else masks them, whatever their columns are called.
   */
  readonly quotes?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** See {@link SnapkeepError.retryable}. */
  readonly retryable?: boolean;
}

/**
 * Every failure that a user can meet. `message` is one line of what happened.
 * Test with {@link isSnapkeepError}, never with `instanceof`: a plugin may bring its own copy of the SDK.
 */
export class SnapkeepError extends Error {
  readonly code: ErrorCode;
  readonly exitCode: ExitCode;
  readonly hint: string;
  readonly notes: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  /** Names of those `details` that quote rows. */
  readonly quoted: readonly string[];
  /**
   * Whether the cause passes by itself, so that the same work, begun anew from its very start, may succeed. A source
   * says so of a connection that broke or a server that restarts; what reads from it makes the whole attempt again.
   */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsOf = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SnapkeepError';
    this.code = code;
    this.exitCode = ERRORS[code].exitCode;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.notes = options.notes ?? [];
    this.details = { ...options.details, ...options.quotes };
    this.quoted = Object.keys(options.quotes ?? {});
    this.retryable = options.retryable ?? false;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

export function isSnapkeepError(error: unknown): error is SnapkeepError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s*[\r\n]+\s*/g, ' · ').trim();
}
