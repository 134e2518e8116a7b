import { SnapkeepError } from '@snapkeep/sdk';
import { expect, test } from 'vitest';
import { delayBefore, retrying } from '../../src/pipeline/retry.ts';

function bench(signal = new AbortController().signal) {
  const lines: string[] = [];
  const log = (line: string) => {
    lines.push(line);
  };
  return { lines, signal, log: { warn: log, info: log, verbose: log, debug: log } };
}

const lost = () =>
  new SnapkeepError('SNAPKEEP_SOURCE_LOST', 'gone', { retryable: true, details: { sqlstate: '57P01' } });
const QUICK = { delaySeconds: 0 };

test('begins again where the failure passes by itself, and tells each time in one line', async () => {
  const runtime = bench();
  const seen: number[] = [];
  const result = await retrying(runtime, QUICK, async (attempt) => {
    seen.push(attempt);
    if (attempt < 3) throw lost();
    return 'done';
  });
  expect([result, seen]).toEqual(['done', [1, 2, 3]]);
  expect(runtime.lines).toEqual(['gone; attempt 2 of 4 begins in 0.0 s', 'gone; attempt 3 of 4 begins in 0.0 s']);
});

test('ends after as many repetitions as allowed, with the count', async () => {
  for (const [retry, attempts] of [
    [QUICK, 4],
    [{ ...QUICK, times: 1 }, 2],
  ] as const) {
    let made = 0;
    const failure = await retrying(bench(), retry, async () => {
      made += 1;
      throw lost();
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'SNAPKEEP_SOURCE_LOST',
      message: `gone (attempt ${attempts})`,
      details: { sqlstate: '57P01', attempts },
    });
    expect(made).toBe(attempts);
  }
});

test('repeats nothing that would only fail again, and nothing at all where told so', async () => {
  for (const [error, retry] of [
    [new SnapkeepError('SNAPKEEP_SOURCE_STALLED', 'stalled'), QUICK],
    [new Error('a bug'), QUICK],
    [lost(), { times: 0 }],
  ] as const) {
    const runtime = bench();
    await expect(
      retrying(runtime, retry, async () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(runtime.lines).toEqual([]);
  }
});

test('an abort ends the pause, with its own reason', async () => {
  const abort = new AbortController();
  const reason = new SnapkeepError('SNAPKEEP_INTERRUPTED', 'Ctrl-C');
  setTimeout(() => abort.abort(reason), 50);
  const working = retrying(bench(abort.signal), { delaySeconds: 60 }, async () => {
    throw lost();
  });
  await expect(working).rejects.toBe(reason);
});

test('each pause is twice the last, less up to half by chance, and a minute at most', () => {
  for (let draw = 0; draw < 200; draw += 1) {
    for (const [attempt, longest] of [
      [1, 2_000],
      [2, 4_000],
      [3, 8_000],
      [10, 60_000],
    ] as const) {
      const delayMs = delayBefore(attempt, 2_000);
      expect(delayMs).toBeGreaterThanOrEqual(longest / 2);
      expect(delayMs).toBeLessThanOrEqual(longest);
    }
  }
  expect(new Set(Array.from({ length: 20 }, () => delayBefore(1, 2_000))).size).toBeGreaterThan(10);
});
