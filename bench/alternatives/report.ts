import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { barChart } from '../support/bar-chart.ts';
import type { Machine } from '../support/machine.ts';
import { count, markdownTable, short } from '../support/markdown.ts';
import { type Result, resultsFolder, writeResult } from '../support/results.ts';
import type { Measured, Table } from './compare.ts';
import type { Missing } from './list.ts';
import type { TypeVerdict } from './values.ts';

/** bench/results/tools.json */
export interface Comparison extends Result {
  /** How long the whole run took. */
  readonly minutes: number;
  readonly table: Table;
  readonly rounds: number;
  readonly tools: readonly Measured[];
  readonly missing: readonly Missing[];
  /** Absent where no tables could be made for it. */
  readonly values?: readonly TypeVerdict[];
}

const MARK = { exact: '✓', annotated: 'text', changed: '**changed**', rejected: 'refused' } as const;

function byRatio(tools: readonly Measured[]): Measured[] {
  return tools.filter(({ seconds }) => seconds.length > 0).toSorted((a, b) => a.ratio - b.ratio);
}

export function chartOf({ tools, table, rounds }: Comparison): string {
  const sorted = byRatio(tools);
  const bars = sorted.map(({ id, name, validates, versions, cost, ratio }) => {
    const does = [validates && 'validated', versions && 'versioned'].filter(Boolean).join(', ');
    return {
      name,
      about: id === 'copy' ? 'the floor: no file' : does,
      value: ratio,
      label: `${short(ratio)} × · ${short(cost.seconds)} s · ${cost.peakMiB.toFixed(0)} MiB`,
      of: id === 'copy' ? ('floor' as const) : id.startsWith('snapkeep') ? ('ours' as const) : ('other' as const),
    };
  });
  const subtitle = `Times of the raw COPY, seconds, peak memory; ${count(table.rows)} rows of ${table.table}, median of ${rounds} rounds`;
  return barChart('PostgreSQL to Parquet', subtitle, bars, [{ value: 1, text: '1' }]);
}

/** Table of what each took and did. */
export function figuresOf({ tools }: Comparison): string {
  const rows = byRatio(tools).map((tool) => [
    tool.id.startsWith('snapkeep') ? `**${tool.name}**` : tool.name,
    short(tool.ratio),
    short(tool.cost.seconds),
    short(tool.cost.cpuSeconds),
    short(tool.serverCpuSeconds ?? Number.NaN),
    tool.cost.peakMiB.toFixed(0),
    tool.file ? short(tool.file.bytes / 2 ** 20) : '–',
    tool.file?.compression.toLowerCase() ?? '–',
    tool.validates ?? 'no',
    tool.versions ?? 'no',
  ]);
  const head = [
    'tool',
    '× raw COPY',
    's',
    'its CPU s',
    'server’s CPU s',
    'peak MiB',
    'file MiB',
    'codec',
    'validated',
    'versioned',
  ];
  return markdownTable(head, rows);
}

/** Table of what became of values: a row a type, a column a tool. */
export function verdictsOf({ tools, values = [] }: Comparison): string {
  const shown = tools.filter(({ id }) => values.some(({ verdicts }) => id in verdicts));
  return markdownTable(
    ['values', ...shown.map(({ name }) => name)],
    values.map(({ type, verdicts }) => [`\`${type}\``, ...shown.map(({ id }) => MARK[verdicts[id] ?? 'rejected'])]),
  );
}

function callsOf({ tools, missing }: Comparison): string {
  const calls = tools.map(({ name, how, docs, note, packages, failed }) => {
    const versions = Object.entries(packages).map(([part, version]) => `${part} ${version}`);
    const packaged = versions.length > 0 ? ` (${versions.join(', ')})` : '';
    const more = [note, failed && `Failed: ${failed}`].filter(Boolean).join(' ');
    return `- [${name}](${docs})${packaged}: \`${how}\`${more ? `. ${more}` : ''}`;
  });
  return [...calls, ...missing.map(({ name, docs, why }) => `- [${name}](${docs}): missing; ${why}`)].join('\n');
}

export function machineText({ system, processor, cores, memoryGiB, node, postgres }: Machine): string {
  const server = postgres ? `, PostgreSQL ${postgres} on the same cores` : '';
  return `${cores} cores (${processor}), ${memoryGiB} GiB, ${system}, Node ${node}${server}`;
}

function page(comparison: Comparison): string {
  const { date, command, machine, minutes, table, rounds, values } = comparison;
  return `# PostgreSQL to Parquet

\`${command}\`, ${date}: ${count(table.rows)} rows of \`${table.table}\`, ${rounds} rounds, all tools in turn in each, ${minutes.toFixed(0)} minutes
in all. ${machineText(machine)}.

![Times of the raw COPY by tool](tools.svg)

Each is one process from its start to its end, median of the rounds. Peak memory: resident, with child processes.

${figuresOf(comparison)}
${
  values
    ? `
What became of values: read back by pyarrow and DuckDB and compared with the server's. ✓ the same value in a type of Parquet's own;
_text_: all of it is there, as text or by one reader only; _refused_: an error, nothing written; _changed_: another value, and no word of it.
All types, value by value: [docs/fidelity.md](../../docs/fidelity.md).

${verdictsOf(comparison)}
`
    : ''
}
How each was called:

${callsOf(comparison)}
`;
}

/** Writes tools.json, tools.md and tools.svg. @returns the page and where the files are */
export async function writeComparison(
  comparison: Comparison,
  kept: boolean,
): Promise<{ readonly markdown: string; readonly files: readonly string[] }> {
  const json = await writeResult('tools', comparison, kept);
  const markdown = page(comparison);
  const [md, picture] = ['tools.md', 'tools.svg'].map((name) => path.join(resultsFolder(kept), name));
  await writeFile(md ?? '', markdown);
  await writeFile(picture ?? '', chartOf(comparison));
  return { markdown, files: [json, md ?? '', picture ?? ''] };
}
