import { expect, test } from 'vitest';
import { isCommon, isReserved, type Reading, readSelector } from '../../../src/pipeline/version/selector.ts';

const NOW = Date.parse('2026-11-05T12:30:00Z');
const read = (text: string) => readSelector(text, 'orders', NOW).map(textOf);

function textOf(reading: Reading): string {
  switch (reading.kind) {
    case 'number':
      return `v${reading.version}`;
    case 'latest':
      return `latest~${reading.back}`;
    case 'snapshot':
      return `snapshot ${reading.prefix}`;
    case 'moment':
      return new Date(reading.untilMs).toISOString();
    case 'revision':
      return `git ${reading.name}`;
  }
}

test.each([
  ['v12', ['v12']],
  ['orders/v12', ['v12']],
  ['latest', ['latest~0']],
  ['latest~3', ['latest~3']],
  ['20261105T', ['snapshot 20261105T']],
  // A number is a version's first; where there is no such version it may begin a commit's id.
  ['12', ['v12', 'git 12']],
  ['1234567', ['v1234567', 'git 1234567']],
  ['12345678', ['git 12345678']],
  ['paper-2026', ['git paper-2026']],
  ['users/v3', ['git users/v3']],
  ['orders/vintage', ['git orders/vintage']],
])('%s is read as %j', (text, readings) => {
  expect(read(text)).toEqual(readings);
});

test.each([
  ['2026-11-01', '2026-11-01T23:59:59.999Z'],
  ['2026-11-01T10:00Z', '2026-11-01T10:00:00.000Z'],
  ['2026-11-01 10:00', '2026-11-01T10:00:00.000Z'],
  ['2026-11-01T10:00:30.5+02:00', '2026-11-01T08:00:30.500Z'],
  ['2026-11-01T10:00:00+0530', '2026-11-01T04:30:00.000Z'],
  ['today', '2026-11-05T23:59:59.999Z'],
  ['yesterday', '2026-11-04T23:59:59.999Z'],
  ['7d', '2026-10-29T12:30:00.000Z'],
  ['24h', '2026-11-04T12:30:00.000Z'],
  ['2w', '2026-10-22T12:30:00.000Z'],
])('%s means what was there by %s, a date its whole day in UTC; a tag may have that name, too', (text, until) => {
  expect(read(text)).toEqual([until, `git ${text}`]);
});

test.each(['2026-02-30', '2026-13-01', '2026-11-01T25:00Z', '7m', 'd7'])('%s is no time', (text) => {
  expect(read(text)).toEqual([`git ${text}`]);
});

test('dates, tags and commits can hold of all datasets; versions and snapshots of one only', () => {
  expect(['2026-11-01', 'yesterday', 'paper', 'HEAD~3', 'abcdef1'].map((text) => isCommon(text, NOW))).not.toContain(
    false,
  );
  expect(['v1', '12', 'latest', '20261105T020000123Z-3fa9c1d2e4b5'].map((text) => isCommon(text, NOW))).not.toContain(
    true,
  );
});

test('a tag that would be read as something else is of no use', () => {
  expect(
    ['v3', '12', 'latest', '2026-11-01', 'today', '7d', 'orders/v9'].map((name) => isReserved(name, 'orders')),
  ).not.toContain(false);
  expect(['paper-2026', 'users/v9', 'release/1.0'].map((name) => isReserved(name, 'orders'))).not.toContain(true);
});
