import { expect, test } from 'vitest';
import { minimise, shorter } from './minimise.ts';

test('what fails because of two elements shrinks to these two', async () => {
  const items: readonly number[] = Array.from({ length: 40 }, (_, index) => index);
  const fails = async (some: readonly number[]) => some.includes(7) && some.includes(31);
  expect(await minimise(items, shorter, fails)).toEqual([7, 31]);
});

test('what fails without any element shrinks to nothing', async () => {
  expect(await minimise<readonly number[]>([1, 2, 3], shorter, async () => true)).toEqual([]);
});

test('it ends when the attempts are used up', async () => {
  let asked = 0;
  const fails = async () => {
    asked += 1;
    return true;
  };
  await minimise<readonly number[]>(
    Array.from({ length: 4096 }, () => 0),
    shorter,
    fails,
    3,
  );
  expect(asked).toBe(3);
});
