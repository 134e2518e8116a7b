import { expect, test } from 'vitest';
import { type VersionLine, versionsText } from '../../src/store/versions-file.ts';
import { historiesIn, identityOf, keptFirst, mergeHistories, mergeLines } from '../../src/store/versions-merge.ts';

/** A version made by somebody; its snapshot tells who and when. */
function made(by: 'a' | 'b' | 'c', version: number, more: Partial<VersionLine> = {}): VersionLine {
  const hex = by.repeat(12);
  return {
    version,
    snapshot: `2026010${version}T000000000Z-${hex}`,
    kind: 'export',
    created: `2026-01-0${version}T00:00:00.000Z`,
    message: `${by}${version}`,
    ...more,
  };
}

const rollback = (by: 'a' | 'b', version: number, of: VersionLine): VersionLine =>
  made(by, version, { kind: 'rollback', of: of.version, snapshot: of.snapshot });

const base = [made('a', 1), made('a', 2)];

test('the second history follows with the next numbers; its rollbacks name their version by its new number', () => {
  const b3 = made('b', 3);
  const ours = [...base, b3, rollback('b', 4, made('a', 1)), rollback('b', 5, b3)];
  const theirs = [...base, made('a', 3), made('a', 4)];
  const { versions, renumbered } = mergeHistories([theirs, ours]);
  expect(versions).toEqual([
    ...theirs,
    { ...ours[2], version: 5 },
    { ...ours[3], version: 6, of: 1 },
    { ...ours[4], version: 7, of: 5 },
  ]);
  expect(renumbered.map(({ from, to }) => [from, to])).toEqual([
    [3, 5],
    [4, 6],
    [5, 7],
  ]);
  expect(mergeHistories([versions, ours, theirs])).toEqual({ versions, renumbered: [] });
});

test('two rollbacks to one snapshot at one number are two versions', () => {
  const ours = [...base, rollback('b', 3, made('a', 1))];
  const theirs = [...base, { ...rollback('a', 3, made('a', 1)), created: '2026-01-03T01:00:00.000Z' }];
  expect(mergeHistories([theirs, ours]).versions).toHaveLength(4);
});

test('of a cherry-pick only the picked version comes, and a rollback to one that stays away is refused', () => {
  const before = [...base, made('b', 3)];
  const { versions } = mergeHistories(
    [
      [...base, made('a', 3)],
      [...before, made('b', 4)],
    ],
    before,
  );
  expect(versions).toEqual([...base, made('a', 3), made('b', 4)]);
  expect(() => mergeHistories([base, [...before, rollback('b', 4, made('b', 3))]], before)).toThrow(
    expect.objectContaining({ code: 'SNAPKEEP_INTEGRITY', message: expect.stringMatching(/v4 is a rollback to v3/) }),
  );
});

test('a dataset that both began on their own', () => {
  expect(mergeHistories([[made('a', 1)], [made('b', 1), made('b', 2)]]).versions.map(({ message }) => message)).toEqual(
    ['a1', 'b1', 'b2'],
  );
});

const ours = [made('b', 3), made('b', 4)];
const theirs = [made('a', 3)];
test.each([
  ['a union', versionsText([...base, ...ours, ...theirs])],
  [
    'marks',
    `${versionsText(base)}<<<<<<< HEAD\n${versionsText(ours)}=======\n${versionsText(theirs)}>>>>>>> 1a2b3c4 (v3)\n`,
  ],
  [
    'marks with what was there before',
    `${versionsText(base)}<<<<<<< HEAD\n${versionsText(ours)}||||||| 1a2b3c4\n${versionsText([made('c', 3)])}=======\n${versionsText(theirs)}>>>>>>> theirs\n`,
  ],
])('the histories in %s are told apart, also where theirs is shorter or longer', (_, text) => {
  expect(historiesIn(text, 'versions.ndjson')).toEqual([
    [...base, ...ours],
    [...base, ...theirs],
  ]);
});

test('one history is one; a gap or half a line is an error, never a history', () => {
  expect(historiesIn(versionsText(base), 'x')).toEqual([base]);
  expect(historiesIn(versionsText([...base, ...base]), 'x')).toEqual([base]);
  for (const text of [versionsText([...base, made('a', 4)]), `${versionsText(base)}{"version": 3`]) {
    expect(() => historiesIn(text, 'x')).toThrow(expect.objectContaining({ code: 'SNAPKEEP_INTEGRITY' }));
  }
});

test('what others have keeps its numbers, where nothing is known the last', () => {
  const histories = [
    [...base, ...ours],
    [...base, ...theirs],
  ];
  const published = (lines: readonly VersionLine[]) => new Set([...base, ...lines].map(identityOf));
  expect(keptFirst(histories, new Set())[0]).toEqual(histories[1]);
  expect(keptFirst(histories, published(theirs))[0]).toEqual(histories[1]);
  expect(keptFirst(histories, published(ours))).toEqual(histories);
  expect(keptFirst(histories, published([...ours, ...theirs]))[0]).toEqual(histories[1]);
  expect(keptFirst([], new Set())).toEqual([]);
});

test('lines of both sides stay, each once; a text that lacks nothing stays byte for byte', () => {
  expect(mergeLines(['a\nb\n', 'a\nc\n', 'a\n<<<<<<< HEAD\nc\n=======\nb\n>>>>>>> x\n'], '')).toBe('a\nb\nc\n');
  expect(mergeLines(['a\nb\n', 'a\n', 'b\n\na'], '')).toBe('b\n\na');
  expect(mergeLines(['a\n', 'a\nb\nc\n', 'a\n'], 'a\nb\n')).toBe('a\nc\n');
  expect(mergeLines([''], '')).toBe('');
});
