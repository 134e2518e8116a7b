import { expect, test } from 'vitest';
import { parseMoment, windowFilters, windowOf } from '../../src/pipeline/time-window.ts';
import { column } from '../support/staged.ts';

const instant = { time: '2026-11-22T10:00:00.123456Z', server: 'PostgreSQL 18' };

test.each([
  ['2026-01-31', '2026-01-31T00:00:00Z'],
  ['2026-01-31 08:30', '2026-01-31T08:30:00Z'],
  ['2026-01-31T08:30:00+02:00', '2026-01-31T06:30:00Z'],
  ['2026-01-31T08:30:00.123456Z', '2026-01-31T08:30:00.123456Z'],
])('%s means %s', (text, moment) => {
  expect(parseMoment(text, '--since')).toBe(moment);
});

test.each(['yesterday', '2026-13-01', '2026-1-1', "2026-01-01'; DROP TABLE x; --"])('%s is no moment', (text) => {
  expect(() => parseMoment(text, '--since')).toThrow(/--since .* is neither a date nor a time/);
});

test('--days counts back from the source’s clock, not from ours', () => {
  expect(windowOf({ days: 7 }, 'at', instant)).toEqual({ column: 'at', from: '2026-11-15T10:00:00.123Z', to: null });
});

test('bounds take the form of the column', () => {
  const window = windowOf({ since: '2026-01-01', until: '2026-02-01' }, 'at', instant);
  const bounds = (type: Parameters<typeof column>[1]) =>
    windowFilters(window, [column('at', type)]).map(({ op, value }) => `${op} ${value}`);
  expect(bounds({ kind: 'timestamp', utc: true })).toEqual(['>= 2026-01-01T00:00:00Z', '< 2026-02-01T00:00:00Z']);
  expect(bounds({ kind: 'timestamp', utc: false })).toEqual(['>= 2026-01-01T00:00:00', '< 2026-02-01T00:00:00']);
  expect(bounds({ kind: 'date' })).toEqual(['>= 2026-01-01', '< 2026-02-01']);
});

test.each([
  [{ days: 1, since: '2026-01-01' }, 'at', /give one/],
  [{ since: '2026-02-01', until: '2026-01-01' }, 'at', /window is empty/],
  [{ days: 1 }, undefined, /no time column/],
])('%o is refused', (request, time, message) => {
  expect(() => windowOf(request, time, instant)).toThrow(message);
});
