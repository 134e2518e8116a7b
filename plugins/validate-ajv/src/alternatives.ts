import { shorten, type Violation } from '@snapkeep/sdk';
import type { ErrorObject } from 'ajv';
import { toViolation } from './violation.ts';

const MAX_CHARACTERS = 300;
const MUST = 'must ';

/**
 * ajv's errors as violations. Of an `anyOf` it tells what each alternative demands and then that none of them holds, which
 * are several rules to count and none to act on: here it is one, `must be null, or be > 0`. Where alternatives speak of what is
 * inside of the value, or stand behind a reference, all stay as they are.
 */
export function toViolations(errors: readonly ErrorObject[]): Violation[] {
  const told: Violation[] = [];
  for (const error of errors) {
    const violation = toViolation(error);
    const inner = told.filter((one) => isAlternativeOf(violation, one));
    const message = messageOf(error, violation, inner);
    if (message === undefined) told.push(violation);
    else {
      const left = told.filter((one) => !inner.includes(one));
      told.splice(0, told.length, ...left, { ...violation, message: shorten(message, MAX_CHARACTERS) });
    }
  }
  return told;
}

/** At the same value; of the row, in its columns. */
function isAlternativeOf(whole: Violation, part: Violation): boolean {
  if (!part.schemaPath.startsWith(`${whole.schemaPath}/`)) return false;
  return whole.pointer === '' || part.pointer.startsWith(whole.pointer);
}

/** `undefined` where it takes more than one sentence. */
function messageOf(
  { keyword, schema, params }: ErrorObject,
  { pointer, schemaPath }: Violation,
  inner: readonly Violation[],
): string | undefined {
  if ((keyword !== 'anyOf' && keyword !== 'oneOf') || params.passingSchemas || !Array.isArray(schema)) return undefined;
  const isOfRow = pointer === '';
  const isPlain = (one: Violation) =>
    one.message.startsWith(MUST) && (isOfRow ? one.pointer.split('/').length <= 2 : one.pointer === pointer);
  if (!inner.every(isPlain)) return undefined;
  const alternatives = schema.map((_, index) =>
    inner.filter((one) => one.schemaPath.startsWith(`${schemaPath}/${index}/`)),
  );
  if (alternatives.some((demands) => demands.length === 0)) return undefined;
  const texts = alternatives.map((demands) =>
    demands.map((one) => (isOfRow ? `${one.column} ${one.message}` : one.message.slice(MUST.length))).join(' and '),
  );
  return isOfRow ? `must hold to one of these: ${texts.join('; ')}` : `${MUST}${[...new Set(texts)].join(', or ')}`;
}
