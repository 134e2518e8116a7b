import { expect, test } from 'vitest';
import { rangesText } from '../../../src/pipeline/version/gc/gc.ts';
import { expiredSnapshots, keptVersions, type Retention } from '../../../src/pipeline/version/gc/retention.ts';
import type { VersionLine } from '../../../src/store/versions-file.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const nowMs = Date.parse('2026-06-30T00:00:00Z');

/** One version a day, the newest today; each names the snapshot of its letter. */
function versionsOf(letters: string): VersionLine[] {
  return [...letters].map((letter, index) => ({
    version: index + 1,
    snapshot: letter,
    kind: 'export',
    created: new Date(nowMs - (letters.length - 1 - index) * DAY_MS).toISOString(),
    message: '',
  }));
}

const kept = (letters: string, retention: Retention, tagged: readonly number[] = []) => [
  ...keptVersions(versionsOf(letters), retention, { nowMs, tagged: new Set(tagged) }),
];

test('what any rule keeps is kept, and the current version always', () => {
  expect(kept('abcde', { keepLast: 2 })).toEqual([4, 5]);
  expect(kept('abcde', { keepLast: 9 })).toEqual([1, 2, 3, 4, 5]);
  expect(kept('abcde', { keepDays: 1 })).toEqual([4, 5]);
  expect(kept('abcde', { keepDays: 1, keepLast: 3 })).toEqual([3, 4, 5]);
  expect(kept('abcde', { keepTagged: true }, [2])).toEqual([2, 5]);
  expect(kept('abcde', { keepLast: 1 }, [2]), 'tags count unless they are told not to').toEqual([2, 5]);
  expect(kept('abcde', { keepLast: 1, keepTagged: false }, [2])).toEqual([5]);
  expect(kept('abcde', {})).toEqual([5]);
});

test('a snapshot leaves only where no kept version names it, as after a rollback', () => {
  const versions = versionsOf('abca');
  expect(expiredSnapshots(versions, new Set([4]))).toEqual([
    { snapshot: 'b', versions: [2] },
    { snapshot: 'c', versions: [3] },
  ]);
  expect(expiredSnapshots(versionsOf('abab'), new Set([4]))).toEqual([{ snapshot: 'a', versions: [1, 3] }]);
  expect(expiredSnapshots(versions, new Set([1, 2, 3, 4]))).toEqual([]);
});

test('versions are told as ranges', () => {
  expect(rangesText([1])).toBe('v1');
  expect(rangesText([1, 2, 3, 5, 7, 8])).toBe('v1 to v3, v5, v7 to v8');
});
