import { type Axis, lineChart } from '../support/line-chart.ts';
import { count, short } from '../support/markdown.ts';
import type { Cost } from '../support/processes.ts';
import type { Grown, Growth, Versions } from './results.ts';

function large(value: number): string {
  return value >= 1e6 ? `${value / 1e6} M` : value >= 1e3 ? `${value / 1e3} k` : String(value);
}

const LANES = { 'raw COPY': 'raw', 'fast lane': 'fast', 'row lane': 'row' } as const;

function lanes(points: readonly Grown[], x: (one: Grown) => number, y: (cost: Cost, one: Grown) => number) {
  // The lanes first: they have the colours of ours.
  return (['fast lane', 'row lane', 'raw COPY'] as const).map((name) => ({
    name,
    points: points.map((one) => [x(one), y(one[LANES[name]], one)] as const),
  }));
}

export function rowsChart({ byRows }: Growth): string {
  const x: Axis = { title: 'rows of the table', scale: 'log', show: large };
  const y: Axis = { title: 'µs a row', scale: 'log', show: String };
  const series = lanes(
    byRows,
    ({ rows }) => rows,
    ({ seconds }, { rows }) => (seconds / rows) * 1e6,
  );
  return lineChart(
    'What a row costs as the table grows',
    'From the start of the process to its end: a level line is linear growth',
    x,
    y,
    series,
  );
}

export function columnsChart({ byColumns }: Growth): string {
  const x: Axis = { title: 'columns of the table', scale: 'log', show: String };
  const y: Axis = { title: 'ns a value', scale: 'linear', show: String };
  const series = lanes(
    byColumns,
    ({ columns }) => columns,
    ({ seconds }, { rows, columns }) => (seconds / (rows * columns)) * 1e9,
  );
  const [first] = byColumns;
  const cells = first ? count(first.rows * first.columns) : '';
  return lineChart(
    'What a value costs as the table grows wider',
    `Tables of ${cells} values, integers, texts, doubles, numerics, times`,
    x,
    y,
    series,
  );
}

export function versionsChart({ results }: Versions): string {
  const x: Axis = { title: 'versions of the dataset', scale: 'log', show: large };
  const y: Axis = { title: 'seconds', scale: 'linear', show: short };
  const whole = results.filter(({ versions, inHead }) => versions === inHead);
  const series = [...new Set(whole.map(({ command }) => command))].map((command) => ({
    name: command,
    points: whole
      .filter((one) => one.command === command)
      .map(({ versions, cost }) => [versions, cost.seconds] as const),
  }));
  return lineChart(
    'What a history costs as it grows',
    'A table of 1,000 rows, each version a commit and a tag',
    x,
    y,
    series,
  );
}
