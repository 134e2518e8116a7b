import { SnapkeepError, shorten } from '@snapkeep/sdk';

/** What is wrong with a schema, and where: `pointer` is a JSON pointer into the schema. */
export function schemaError(
  pointer: string,
  problem: string,
  options: { readonly keyword?: string; readonly hint?: string; readonly cause?: unknown } = {},
): SnapkeepError {
  const { keyword, hint, cause } = options;
  const place = pointer === '' ? 'The schema' : `The schema, at ${shorten(pointer, 200)},`;
  return new SnapkeepError('SNAPKEEP_SCHEMA_INVALID', `${place} ${problem}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
    details: { pointer, ...(keyword === undefined ? {} : { keyword }) },
  });
}

/** All that is wrong in one error: the first in its message, each in `details.problems`. */
export function severalProblems(problems: readonly SnapkeepError[]): SnapkeepError {
  const [first, ...others] = problems;
  if (!first || others.length === 0) return first ?? schemaError('', 'is wrong');
  return new SnapkeepError(first.code, first.message, {
    hint: first.hint,
    notes: others.map(({ message }) => message),
    details: {
      ...first.details,
      problems: problems.map(({ message, hint, details }) => ({ ...details, message, hint })),
    },
    cause: first.cause,
  });
}
