import { RegExpParser } from '@eslint-community/regexpp';
import { Automaton } from './automaton.ts';
import { patternCost } from './cost.ts';
import { buildStates, NotRegular } from './states.ts';

/** Steps that the built-in engine may at worst take for one text: some milliseconds. */
const MAX_STEPS = 1_000_000;

/** A pattern with at most this many ways per character may run on a text of any length. */
const MAX_LINEAR_WAYS = 64;

/** The pattern can't be checked in bounded time; the message says why. */
export class UnboundedPattern extends Error {}

/**
 * A regular expression (ECMA-262 with the flag `u`) whose check takes bounded time on every text.
 *
 * The built-in engine runs where a bound on its work is known and small enough for the text at hand, else an
 * automaton does, with the same verdict. A pattern that needs the automaton and uses what
 * no automaton can do is refused.
 */
export class BoundedPattern {
  readonly source: string;
  readonly #native: RegExp;
  readonly #maxNativeLength: number;
  readonly #automaton: Automaton | undefined;

  /** @throws SyntaxError, UnboundedPattern */
  constructor(source: string) {
    this.source = source;
    this.#native = new RegExp(source, 'u');
    const pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source, 0, source.length, { unicode: true });
    const { constant, degree } = patternCost(pattern);
    const linear = degree <= 1 && constant <= MAX_LINEAR_WAYS;
    this.#maxNativeLength = linear ? Number.POSITIVE_INFINITY : Math.floor((MAX_STEPS / constant) ** (1 / degree));
    if (!Number.isFinite(degree)) this.#maxNativeLength = -1;
    if (linear) return;
    try {
      this.#automaton = new Automaton(buildStates(pattern));
    } catch (error) {
      if (!(error instanceof NotRegular)) throw error;
      throw new UnboundedPattern(`on a long text it can take unbounded time, and ${error.message}`, { cause: error });
    }
  }

  test(text: string): boolean {
    return this.#automaton === undefined || text.length <= this.#maxNativeLength
      ? this.#native.test(text)
      : this.#automaton.test(text);
  }

  /** ajv tells patterns apart by this. */
  toString(): string {
    return this.#native.toString();
  }
}
