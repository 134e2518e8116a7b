// How many rows a second each validator checks: node bench/validation.ts [rows] [tool …] [--save]
// The same BehavioralEvents with one bad row in a thousand under the same rules, each tool as its documentation calls it
// (bench/validation/tools.py), in a process of its own, one after the other in every round. Reading and preparing the rows is not
// counted. All must find the same number of bad rows.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonWith } from '../test/support/python.ts';
import { withFolder } from './support/cli.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { runMeasured } from './support/processes.ts';
import { today, writeResult } from './support/results.ts';
import { inTurn, median } from './support/rounds.ts';
import { BAD_EVERY, writeRows } from './validation/rows.ts';
import { sharedSchema } from './validation/schema.ts';

const ROUNDS = 3;
const OURS = ['sql', 'ajv', 'row-lane'] as const;
const THEIRS = ['pandera', 'great-expectations', 'fastjsonschema', 'jsonschema'] as const;
type Tool = (typeof OURS)[number] | (typeof THEIRS)[number];

/** What each figure is of. */
const TITLES: Readonly<Record<Tool, string>> = {
  sql: 'snapkeep, fast lane: SQL predicate in DuckDB, ajv for what it leaves',
  ajv: 'snapkeep, ajv on rows at hand',
  'row-lane': 'snapkeep, row lane: rows built from the server’s text, ajv',
  pandera: 'Pandera, pandas frame',
  'great-expectations': 'Great Expectations, pandas frame',
  fastjsonschema: 'fastjsonschema, dicts at hand',
  jsonschema: 'python-jsonschema, dicts at hand',
};

interface Checked {
  readonly bad: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const beside = (name: string) => fileURLToPath(new URL(`validation/${name}`, import.meta.url));
const { sizes, words, save } = benchFlags(200_000);
const [rows = 0] = sizes;
const tools = [...OURS, ...THEIRS].filter((tool) => words.length === 0 || words.includes(tool));
const python = tools.some((tool) => THEIRS.some((one) => one === tool))
  ? await pythonWith(beside('requirements.txt'))
  : '';

await withFolder(async (folder) => {
  const [data, rules] = [path.join(folder, 'rows.ndjson'), path.join(folder, 'schema.json')];
  const { schema, eventTypes } = await sharedSchema();
  await writeFile(rules, JSON.stringify(schema));
  await writeRows(data, rows, eventTypes);
  const run = (tool: Tool) => async (): Promise<Checked> => {
    const ours = OURS.some((one) => one === tool);
    const [program, script] = ours ? [process.execPath, beside('snapkeep.ts')] : [python, beside('tools.py')];
    const { stdout } = await runMeasured(program, [script, tool, data, rules], { stdout: 'text' });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  };
  const runs = await inTurn(Object.fromEntries(tools.map((tool) => [tool, run(tool)])), ROUNDS, (tool, { seconds }) =>
    process.stderr.write(`${tool} ${seconds.toFixed(2)} s\n`),
  );
  const expected = Math.floor((rows + BAD_EVERY / 2 - 1) / BAD_EVERY);
  const results = tools.map((tool) => {
    const of = runs[tool] ?? [];
    for (const { bad } of of) {
      if (bad !== expected) throw new Error(`${tool} finds ${bad} bad rows, there are ${expected}`);
    }
    const [seconds, cpuSeconds] = [median(of.map((one) => one.seconds)), median(of.map((one) => one.cpuSeconds))];
    return { name: tool, seconds, cpuSeconds, rowsPerSecond: rows / seconds, rowsPerCpuSecond: rows / cpuSeconds };
  });
  const first = results[0]?.cpuSeconds ?? Number.NaN;
  process.stdout.write(
    [
      `${rows.toLocaleString('en')} rows, ${expected} of them bad, medians of ${ROUNDS} rounds`,
      '',
      '| | rows a second | rows a CPU second | CPU, as multiples of the first |',
      '| --- | ---: | ---: | ---: |',
      ...results.map(({ name, rowsPerSecond, rowsPerCpuSecond, cpuSeconds }) => {
        const count = (number: number) => Math.round(number).toLocaleString('en');
        return `| ${TITLES[name]} | ${count(rowsPerSecond)} | ${count(rowsPerCpuSecond)} | ${(cpuSeconds / first).toFixed(1)} |`;
      }),
      '',
    ].join('\n'),
  );
  const about = { date: today(), command: `node bench/validation.ts ${rows}`, machine: await describeMachine() };
  await writeResult('validation', { ...about, rows, bad: expected, rounds: ROUNDS, results }, save);
});
