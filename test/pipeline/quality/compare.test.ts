import { expect, test } from 'vitest';
import { compareRows, driftOf } from '../../../src/pipeline/quality/compare.ts';

const distribution = (values: Record<string, number>, others = 0) => ({
  column: 'c',
  values: Object.entries(values).map(([value, rows]) => ({ value, rows })),
  others,
});

test.each([
  ['the same shares', distribution({ a: 1, b: 3 }), distribution({ a: 10, b: 30 }), 0],
  ['a tenth moved', distribution({ a: 50, b: 50 }), distribution({ a: 60, b: 40 }), 10],
  ['nothing in common', distribution({ a: 5 }), distribution({ b: 5 }), 100],
  ['a value more', distribution({ a: 10 }), distribution({ a: 9, b: 1 }), 10],
  ['rare values count as one', distribution({ a: 8 }, 2), distribution({ a: 8, x: 1, y: 1 }), 0],
  ['no rows now', distribution({ a: 8 }), distribution({}), 100],
  ['no rows ever', distribution({}), distribution({}), 0],
])('drift: %s', (_what, before, after, percent) => {
  expect(driftOf(before, after)).toBeCloseTo(percent, 9);
});

test('rows compare with the last version in percent; without one anything goes', () => {
  expect(compareRows({ maxChange: 10 }, 111, 100)).toMatchObject({
    holds: false,
    measured: '11 % more rows than the last version',
  });
  expect(compareRows({ maxChange: 10 }, 90, 100)).toMatchObject({ holds: true });
  expect(compareRows({ maxChange: 10 }, 7, 0)).toMatchObject({ holds: true });
  expect(compareRows({ maxChange: 10 }, 7, undefined)).toMatchObject({ holds: true });
  expect(compareRows({ min: 1 }, 7, 5)).toBeUndefined();
});
