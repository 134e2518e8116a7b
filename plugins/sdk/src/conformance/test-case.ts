import assert from 'node:assert/strict';
import { isSnapkeepError, type SnapkeepError } from '../errors/error.ts';
import { ERRORS, type ErrorCode } from '../errors/registry.ts';

/** One behaviour that a plugin must show. */
export interface ConformanceTest {
  /** A sentence. */
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** That a call fails, and with an error of the registry: one of these codes, or any where none is named. */
export async function assertFails(
  call: () => Promise<unknown>,
  ...codes: readonly ErrorCode[]
): Promise<SnapkeepError> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if (!isSnapkeepError(error)) throw error;
    assert.ok(Object.hasOwn(ERRORS, error.code), `${error.code} is not in the registry`);
    if (codes.length > 0)
      assert.ok(codes.includes(error.code), `${error.code}, not ${codes.join(' or ')}: ${error.message}`);
    assert.ok(!error.message.includes('\n'), 'a message is one line');
    return error;
  }
  assert.fail(`must fail${codes.length > 0 ? ` with ${codes.join(' or ')}` : ''}, but gave ${typeof result}`);
}

/** That a value is what `JSON` keeps: no functions, dates, BigInts, `undefined`. */
export function assertPlainJson(value: unknown, what: string): void {
  assert.deepEqual(JSON.parse(JSON.stringify(value)), value, `${what} must be plain JSON`);
}

/** That a call ends, one way or the other, within some seconds. */
export async function assertEnds(call: Promise<unknown>, what: string, limitMs = 5_000): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, limitMs, 'late');
  });
  try {
    const first = await Promise.race([
      call.then(
        () => 'done',
        () => 'done',
      ),
      late,
    ]);
    assert.equal(first, 'done', `${what} must end within ${limitMs} ms`);
  } finally {
    clearTimeout(timer);
  }
}
