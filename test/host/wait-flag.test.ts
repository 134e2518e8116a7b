import { expect, test } from 'vitest';
import { giveWaitAValue, waitMsOf } from '../../src/host/wait-flag.ts';

test.each([
  [
    ['orders', '--wait'],
    ['orders', '--wait=forever'],
  ],
  [
    ['--wait', 'orders'],
    ['--wait=forever', 'orders'],
  ],
  [
    ['--wait', '10m', 'orders'],
    ['--wait=10m', 'orders'],
  ],
  [
    ['orders', '--wait', '10min'],
    ['orders', '--wait=10min'],
  ],
  [
    ['orders', '--wait', '--json'],
    ['orders', '--wait=forever', '--json'],
  ],
  [
    ['orders', '--wait=30s'],
    ['orders', '--wait=30s'],
  ],
  [
    ['orders', '--', '--wait'],
    ['orders', '--', '--wait'],
  ],
  [
    ['--wait', '--', '5m'],
    ['--wait=forever', '--', '5m'],
  ],
  [['orders'], ['orders']],
])('%j is read as %j', (typed, read) => {
  expect(giveWaitAValue(typed)).toEqual(read);
});

test('a duration has a unit; without the flag nothing is waited for', () => {
  expect(waitMsOf({})).toBe(0);
  expect(waitMsOf({ wait: 'forever' })).toBe(Number.POSITIVE_INFINITY);
  for (const [text, ms] of [
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['0s', 0],
  ] as const) {
    expect(waitMsOf({ wait: text })).toBe(ms);
  }
  for (const text of ['30', 'soon', '', '-1s', '1d', '1e3s'])
    expect(() => waitMsOf({ wait: text })).toThrow(/is no duration/);
});
