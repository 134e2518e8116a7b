import type { CompiledValidator, JsonRow, JsonValue, Violation } from '@snapkeep/sdk';
import type { ValidateFunction } from 'ajv';
import { toViolations } from './alternatives.ts';

const MAX_VIOLATIONS = 100;

/** Values of the row times values of the schema: the most work that looking for every error may be. */
const MAX_SEARCH = 2_000_000;
const MAX_SEARCHED_VALUES = 10_000;

const NONE: readonly Violation[] = Object.freeze([]);

export interface Stages {
  /** Stops at the first error: the verdict. */
  readonly verdict: ValidateFunction;
  /** Collects all errors; compiled when the first row is rejected. */
  readonly everything: () => ValidateFunction;
  /** How many values the schema's document has. */
  readonly schemaSize: number;
}

/**
 * The check of one row. A row with 500,000 errors must cost no more than a valid one of its size, so that the verdict
 * comes from a validator that stops at the first error, and only a rejected row that is small enough is asked again
 * for all of them.
 */
export function createCheck({ verdict, everything, schemaSize }: Stages): CompiledValidator['check'] {
  const maxValues = Math.min(MAX_SEARCHED_VALUES, Math.max(100, Math.floor(MAX_SEARCH / schemaSize)));
  let all: ValidateFunction | undefined;

  function rejected(row: JsonRow): readonly Violation[] {
    let errors = verdict.errors ?? [];
    if (hasAtMost(row, maxValues)) {
      all ??= everything();
      all(row);
      errors = all.errors ?? errors;
      all.errors = null;
    }
    verdict.errors = null;
    return toViolations(errors.slice(0, MAX_VIOLATIONS));
  }

  return (row) => {
    try {
      return verdict(row) ? NONE : rejected(row);
    } catch (error) {
      if (error instanceof RangeError) return [TOO_DEEP];
      throw error;
    }
  };
}

/** A document of some thousand levels under a recursive schema ends the stack. */
const TOO_DEEP: Violation = {
  column: '',
  pointer: '',
  keyword: 'depth',
  schemaPath: '#',
  message: 'must not be nested so deep that it can’t be checked',
};

function hasAtMost(row: JsonRow, limit: number): boolean {
  const waiting: JsonValue[] = [row];
  let count = 0;
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const key in value) {
      count += 1;
      if (count > limit) return false;
      const inner = (value as { readonly [key: string]: JsonValue })[key];
      if (inner !== undefined) waiting.push(inner);
    }
  }
  return true;
}
