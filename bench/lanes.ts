// The two lanes beside the raw COPY of the same table, in one run: node bench/lanes.ts [rows] [--save]
// Whole snapshots without a version: read, validated, sorted, with statistics and SHA-256, published. Prints the ratios and
// each phase's share.
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataOf, ROOT, snapkeep, withFolder } from './support/cli.ts';
import { createEvents, withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import type { Cost } from './support/processes.ts';
import { RAW_COPY_BY, rawCopy } from './support/raw-copy.ts';
import { today, writeResult } from './support/results.ts';
import { inTurn, median, medianCost } from './support/rounds.ts';

const ROUNDS = 5;
const SCHEMA = 'schemas/behavioral-event.schema.json';
const { sizes, save } = benchFlags(1_000_000);
const [rows = 0] = sizes;

type Phases = Readonly<Record<string, number>>;
type Run = Cost & { readonly phases?: Phases };

await withDatabase(async ({ url, client }) => {
  await createEvents(client, rows);
  await withFolder(async (folder) => {
    await cp(path.join(ROOT, SCHEMA), path.join(folder, SCHEMA), { recursive: true });
    const events = { table: 'BehavioralEvent', schema: SCHEMA };
    await writeFile(path.join(folder, 'snapkeep.config.json'), JSON.stringify({ datasets: { events } }));
    const lane = (name: string) => async (): Promise<Run> => {
      const args = ['export', 'events', '--no-version', '--lane', name, '--json'];
      const { stdout, ...cost } = await snapkeep(url, folder, args, { stdout: 'text' });
      return { ...cost, phases: dataOf<{ phases: Phases }>(stdout).phases };
    };
    const ways: Readonly<Record<'raw' | 'fast' | 'row', () => Promise<Run>>> = {
      raw: () => rawCopy(url, '"BehavioralEvent"'),
      fast: lane('fast'),
      row: lane('row'),
    };
    const runs = await inTurn(ways, ROUNDS);
    const raw = medianCost(runs.raw).seconds;
    const results = Object.entries(runs).map(([name, of]) => {
      const cost = medianCost(of);
      const names = Object.keys(of[0]?.phases ?? {});
      const phases = names.map((phase) => [phase, median(of.map((one) => (one.phases?.[phase] ?? 0) / 1000)) / raw]);
      return { name, ...cost, ratio: cost.seconds / raw, phases: Object.fromEntries(phases) as Phases };
    });
    for (const { name, seconds, cpuSeconds, peakMiB, ratio } of results) {
      const cpu = `CPU ${cpuSeconds.toFixed(2)} s`;
      process.stdout.write(
        `${name.padEnd(5)} ${seconds.toFixed(2).padStart(6)} s  ${ratio.toFixed(2)} × raw COPY  ${cpu}  ${peakMiB.toFixed(0)} MiB\n`,
      );
    }
    for (const { name, phases } of results) {
      const shares = Object.entries(phases).map(([phase, share]) => `${phase} ${share.toFixed(2)}`);
      if (shares.length > 0) process.stdout.write(`${name} lane, in raw COPYs: ${shares.join(', ')}\n`);
    }
    const result = { date: today(), command: `node bench/lanes.ts ${rows}`, machine: await describeMachine(client) };
    await writeResult('lanes', { ...result, rows, rounds: ROUNDS, floor: RAW_COPY_BY, results }, save);
  });
});
