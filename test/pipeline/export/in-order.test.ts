import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrder } from '../../../src/pipeline/export/in-order.ts';

const MB = 1024 * 1024;
const part = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 3 }), bytes: fc.integer({ min: 1, max: 6 * MB }) }), {
  maxLength: 8,
});

interface Item {
  readonly index: number;
  readonly number: number;
  readonly bytes: number;
}

test('whatever the parts take, all of the first comes first, all of them once, and what waits is bounded', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (parts, atOnce) => {
        let [open, most, waiting, mostWaiting] = [0, 0, 0, 0];
        const found: string[] = [];
        const items = inOrder<Item>({
          parts: parts.length,
          atOnce,
          signal: new AbortController().signal,
          weigh: ({ bytes }) => bytes,
          keep: (item) => item,
          open: async function* (index) {
            open += 1;
            most = Math.max(most, open);
            for (const [number, { ms, bytes }] of (parts[index] ?? []).entries()) {
              if (ms > 0) await wait(ms);
              waiting += bytes;
              mostWaiting = Math.max(mostWaiting, waiting);
              yield { index, number, bytes };
            }
            open -= 1;
          },
        });
        for await (const { index, number, bytes } of items) {
          waiting -= bytes;
          found.push(`${index}.${number}`);
        }
        expect(found).toEqual(parts.flatMap((of, index) => of.map((_, number) => `${index}.${number}`)));
        expect(most).toBeLessThanOrEqual(atOnce);
        expect(mostWaiting).toBeLessThanOrEqual(2 * atOnce * (8 + 6) * MB);
      },
    ),
    { numRuns: 60 },
  );
});

test('a failure comes when its part’s turn has come, and ends what is under way', async () => {
  const ended: number[] = [];
  const found: number[] = [];
  const items = inOrder<number>({
    parts: 6,
    atOnce: 3,
    signal: new AbortController().signal,
    weigh: () => 1,
    keep: (item) => item,
    open: async function* (index, signal) {
      try {
        if (index === 2) throw new Error('the third is broken');
        if (index === 0) await wait(30);
        yield index;
        if (index > 2) await wait(60_000, undefined, { signal });
      } finally {
        ended.push(index);
      }
    },
  });
  const reading = async () => {
    for await (const index of items) found.push(index);
  };
  await expect(reading()).rejects.toThrow('the third is broken');
  expect(found).toEqual([0, 1]);
  expect(ended.toSorted()).toEqual([0, 1, 2, 3, 4].slice(0, ended.length));
});

test.each(['leaves early', 'is aborted'])('who %s waits for nobody', async (how) => {
  const controller = new AbortController();
  let open = 0;
  const items = inOrder<number>({
    parts: 9,
    atOnce: 3,
    signal: controller.signal,
    weigh: () => 9 * MB,
    keep: (item) => item,
    open: async function* (index, signal) {
      open += 1;
      try {
        yield index;
        await wait(60_000, undefined, { signal });
      } finally {
        open -= 1;
      }
    },
  });
  const reading = async () => {
    for await (const _ of items) {
      if (how === 'leaves early') break;
      controller.abort(new Error('called off'));
    }
  };
  if (how === 'leaves early') await reading();
  else await expect(reading()).rejects.toThrow('called off');
  expect(open).toBe(0);
});
