import { expect, test } from 'vitest';
import { exceeds, parseBound } from '../../../src/pipeline/invalid/bound.ts';

function isExceeded(text: string, rejected: number, read: number): boolean {
  const bound = parseBound(text);
  if (!bound) throw new Error(`${text} is no bound`);
  return exceeds(bound, rejected, read);
}

test('a number of rows is the most that may be kept out', () => {
  expect([isExceeded('0', 0, 10), isExceeded('0', 1, 10), isExceeded('3', 3, 3), isExceeded('3', 4, 9)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
});

test.each([
  ['5%', 5, 100, false],
  ['5%', 6, 100, true],
  ['0.1%', 1, 1_000, false],
  ['0.1%', 2, 1_000, true],
  ['0.3%', 3, 1_000, false],
  ['0.000001%', 1, 100_000_000, false],
  ['100%', 7, 7, false],
  ['0%', 0, 0, false],
  ['0%', 1, 1_000_000, true],
])('%s of the rows read: %i of %i', (text, rejected, read, expected) => {
  expect(isExceeded(text, rejected, read)).toBe(expected);
});

test.each(['', '-1', '1.5', '101%', '5 %', '%', '1e3', '0.0000001%', 'many'])('%j is no bound', (text) => {
  expect(parseBound(text)).toBeUndefined();
});
