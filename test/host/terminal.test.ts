import { expect, test, vi } from 'vitest';
import { createLog } from '../../src/host/log.ts';
import { formatBytes, formatCount, formatDuration } from '../../src/host/terminal/format.ts';
import { lineProgress } from '../../src/host/terminal/progress-lines.ts';
import { renderTable } from '../../src/host/terminal/table.ts';

test('amounts are written for people', () => {
  expect([formatCount(50_000), formatCount(1), formatCount(0, 'files')]).toEqual(['50,000 rows', '1 row', '0 files']);
  expect([999, 1000, 4_200_000, 999_960, 3e12].map(formatBytes)).toEqual([
    '999 B',
    '1.0 kB',
    '4.2 MB',
    '1.0 MB',
    '3.0 TB',
  ]);
  expect([0.4, 85, 999.6, 1300, 59_960, 125_000, 3_720_000].map(formatDuration)).toEqual([
    '0 ms',
    '85 ms',
    '1.0 s',
    '1.3 s',
    '1 min 00 s',
    '2 min 05 s',
    '1 h 02 min',
  ]);
});

test('a table has numbers to the right, escapes its cells and leaves no blanks at the end', () => {
  const rows = [
    ['v1', 50_000, 'first'],
    ['v12', 7n, 'a\u001b[31m\n'],
  ];
  expect(renderTable([{ title: 'version' }, { title: 'rows' }, { title: 'message' }], rows)).toBe(
    ['version   rows  message', 'v1       50000  first', 'v12          7  a\\u{1b}[31m\\u{a}'].join('\n'),
  );
});

test('a table is cut to the width of the terminal, wide characters counted twice', () => {
  const text = renderTable([{ title: 'a' }, { title: 'b' }], [['漢字漢字漢字漢字漢字', 'x'.repeat(60)]], 60);
  expect(text).toContain('漢字漢字漢字漢字漢字');
  expect(text).toContain('…');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
});

test('columns that may shrink are cut before all others, and nothing where the width is unknown', () => {
  const name = 'a_rather_long_name_of_a_column';
  const columns = [{ title: 'column' }, { title: 'min', shrink: true }, { title: 'max', shrink: true }];
  const rows = [[name, 'x'.repeat(40), 'y'.repeat(10)]];
  expect(renderTable(columns, rows, 60)).toContain(`${name}  ${'x'.repeat(15)}…`);
  expect(renderTable(columns, rows, 40)).toContain('a_rather_long_name_of_');
  for (const width of [0, undefined]) expect(renderTable(columns, rows, width)).not.toContain('…');
});

test('without a terminal progress is a line per interval, and none for a short job', () => {
  vi.useFakeTimers();
  try {
    const lines: string[] = [];
    const progress = lineProgress((line) => lines.push(line), 10_000);
    progress.start('short').end();
    const task = progress.start('export a', { total: 2_000_000 });
    task.update(1_000_000, 24_000_000);
    vi.advanceTimersByTime(10_000);
    expect(lines).toEqual(['export a: 1,000,000 of 2,000,000 rows, 100,000 rows/s, 24.0 MB']);
    task.end();
    task.end();
    vi.advanceTimersByTime(20_000);
    expect(lines).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});

test('the log heeds its level, masks passwords and escapes control characters', () => {
  const said = (level: 'warn' | 'info' | 'debug') => {
    const lines: string[] = [];
    const log = createLog(level, (line) => lines.push(line));
    log.warn('w');
    log.info('postgres://a:pw@b/c \u001b[2J');
    log.debug('d');
    return lines;
  };
  expect(said('warn')).toEqual(['⚠ w']);
  expect(said('info')).toEqual(['⚠ w', 'postgres://a:***@b/c \\u{1b}[2J']);
  expect(said('debug')).toHaveLength(3);
});
