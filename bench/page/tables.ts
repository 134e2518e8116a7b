import { type Comparison, figuresOf, verdictsOf } from '../alternatives/report.ts';
import { count, markdownTable, short } from '../support/markdown.ts';
import type { Cost } from '../support/processes.ts';
import type {
  All,
  Diff,
  Growth,
  Jobs,
  Lanes,
  Memory,
  Query,
  Rollback,
  Shapes,
  Startup,
  Storage,
  Validation,
  Versions,
} from './results.ts';

const LANE_NAMES: Readonly<Record<string, string>> = { raw: 'raw COPY', fast: 'fast lane', row: 'row lane' };
const mib = ({ peakMiB }: Cost) => peakMiB.toFixed(0);

export function toolsTable(comparison: Comparison): string {
  return `${figuresOf(comparison)}\n\n${comparison.values ? verdictsOf(comparison) : ''}`.trim();
}

/** The lanes' figures, then each phase as times of the floor. */
export function lanesTable({ results }: Lanes): string {
  const figures = markdownTable(
    ['', '× raw COPY', 's', 'CPU s', 'peak MiB'],
    results.map((one) => [
      LANE_NAMES[one.name] ?? one.name,
      short(one.ratio),
      short(one.seconds),
      short(one.cpuSeconds),
      mib(one),
    ]),
  );
  const lanes = results.filter(({ phases }) => Object.keys(phases).length > 0);
  const names = [...new Set(lanes.flatMap(({ phases }) => Object.keys(phases)))];
  const shares = markdownTable(
    ['phase, times of the raw COPY', ...lanes.map(({ name }) => LANE_NAMES[name] ?? name)],
    names.map((phase) => [phase, ...lanes.map(({ phases }) => short(phases[phase] ?? Number.NaN))]),
  );
  return `${figures}\n\n${shares}`;
}

export function growthTable({ byRows, byColumns }: Growth): string {
  const perRow = (cost: Cost, rows: number) => short((cost.seconds / rows) * 1e6);
  const perCell = (cost: Cost, cells: number) => short((cost.seconds / cells) * 1e9);
  const rows = markdownTable(
    ['rows', 'raw COPY, µs a row', 'fast lane, µs a row', 'row lane, µs a row', 'fast lane, MiB', 'row lane, MiB'],
    byRows.map((one) => [
      count(one.rows),
      ...[one.raw, one.fast, one.row].map((cost) => perRow(cost, one.rows)),
      mib(one.fast),
      mib(one.row),
    ]),
  );
  const columns = markdownTable(
    ['columns', 'rows', 'raw COPY, ns a value', 'fast lane, ns a value', 'row lane, ns a value', 'fast lane, MiB'],
    byColumns.map((one) => [
      String(one.columns),
      count(one.rows),
      ...[one.raw, one.fast, one.row].map((cost) => perCell(cost, one.rows * one.columns)),
      mib(one.fast),
    ]),
  );
  return `${rows}\n\n${columns}`;
}

/** Times of the raw COPY, a row a shape, a column a tool. */
export function shapesTable({ results }: Shapes): string {
  const tools = results[0]?.tools.filter(({ id }) => id !== 'copy') ?? [];
  const rows = results.map(({ about, rows: many, tools: measured }) => {
    const ratios = tools.map(({ id }) => {
      const one = measured.find((tool) => tool.id === id);
      return one && one.seconds.length > 0 ? `${short(one.ratio)} (${mib(one.cost)} MiB)` : 'failed';
    });
    return [`${count(many)} rows: ${about}`, short(measured[0]?.cost.seconds ?? Number.NaN), ...ratios];
  });
  return markdownTable(['table', 'raw COPY, s', ...tools.map(({ name }) => name)], rows);
}

export function memoryTable({ results }: Memory): string {
  return markdownTable(
    ['rows', 'order', 'lane', 'peak MiB', 's'],
    results.map((one) => [count(one.rows), one.order, one.lane, mib(one), short(one.seconds)]),
  );
}

export function versionsTable({ results, gc }: Versions): string {
  const commands = [...new Set(results.map(({ command }) => command))];
  const projects = [...new Map(results.map((one) => [`${one.versions} ${one.inHead}`, one])).values()];
  const rows = projects.map(({ versions, inHead }) => [
    versions === inHead ? count(versions) : `${count(versions)}, ${inHead} of them in HEAD`,
    ...commands.map((command) => {
      const one = results.find((of) => of.versions === versions && of.inHead === inHead && of.command === command);
      return short(one?.cost.seconds ?? Number.NaN);
    }),
  ]);
  const table = markdownTable(['versions', ...commands.map((command) => `${command}, s`)], rows);
  return `${table}\n\n\`version gc --keep-last 10\` of the most: ${short(gc.seconds)} s.`;
}

export function startupTable({ results }: Startup): string {
  return markdownTable(
    ['', 'ms', '× bare node'],
    results.map(({ name, ms, ratio }) => [name, ms.toFixed(0), short(ratio)]),
  );
}

export function rollbackTable({ results }: Rollback): string {
  return markdownTable(
    ['', 'snapkeep, s', 'git and DVC, s', 'ratio'],
    results.map(({ name, snapkeep, gitAndDvc }) => [
      name,
      short(snapkeep.seconds),
      short(gitAndDvc.seconds),
      short(snapkeep.seconds / gitAndDvc.seconds),
    ]),
  );
}

export function diffTable({ results }: Diff): string {
  return markdownTable(
    ['', 's', 'CPU s', 'peak MiB'],
    results.map((one) => [one.name, short(one.seconds), short(one.cpuSeconds), mib(one)]),
  );
}

export function queryTable({ results }: Query): string {
  const names = Object.keys(results[0]?.costs ?? {});
  return markdownTable(
    ['question', ...names.map((name) => `${name}, s`)],
    results.map(({ question, costs }) => [question, ...names.map((name) => short(costs[name]?.seconds ?? Number.NaN))]),
  );
}

export function allTable({ steps, minutes }: All): string {
  const rows = steps.map(({ name, minutes: took, failed }) => [name, failed ? 'failed' : short(took)]);
  return `${markdownTable(['benchmark', 'minutes'], rows)}\n\n${minutes.toFixed(0)} minutes in all.`;
}

const VALIDATORS: Readonly<Record<string, string>> = {
  sql: '**snapkeep, fast lane**: SQL, ajv for what that leaves',
  ajv: '**snapkeep, ajv** on rows at hand',
  'row-lane': '**snapkeep, row lane**: rows built from the server’s text, ajv',
  pandera: 'Pandera, a pandas frame',
  'great-expectations': 'Great Expectations, a pandas frame',
  fastjsonschema: 'fastjsonschema, dicts at hand',
  jsonschema: 'python-jsonschema, dicts at hand',
};

export function validationTable({ rows, bad, results }: Validation): string {
  const table = markdownTable(
    ['', 'rows a second', 'rows a CPU second'],
    results.map(({ name, rowsPerSecond, rowsPerCpuSecond }) => [
      VALIDATORS[name] ?? name,
      count(Math.round(rowsPerSecond)),
      count(Math.round(rowsPerCpuSecond)),
    ]),
  );
  return `${table}\n\n${count(rows)} rows, ${count(bad)} of them bad; all find the same number.`;
}

export function jobsTable({ results }: Jobs): string {
  return markdownTable(
    ['', 'read, s', 's', 'CPU s', 'peak MiB'],
    results.map((one) => [one.name, short(one.readSeconds), short(one.seconds), short(one.cpuSeconds), mib(one)]),
  );
}

export function storageTable({ results }: Storage): string {
  const mb = (bytes: number) => short(bytes / 1e6);
  return markdownTable(
    [
      'day',
      'layout',
      'files changed',
      'of',
      'bytes of them, MB',
      'cache grew, MB',
      'remote grew, MB',
      'export, CPU s',
      'diff, CPU s',
    ],
    results.map((one) => [
      one.day,
      one.layout,
      String(one.changedFiles),
      String(one.files),
      mb(one.changedBytes),
      mb(one.cacheBytes),
      mb(one.remoteBytes),
      short(one.exportCpuSeconds),
      short(one.diffCpuSeconds),
    ]),
  );
}
