// One export through one connection and through four: node bench/jobs.ts [rows] [--save]
// On this machine, where server and client share the cores, it must do no harm; over a link on which every byte is 20 ms late
// and a connection gets 4 MB a second it must help. Whole snapshots without a version.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dataOf, snapkeep, withFolder } from './support/cli.ts';
import { createEvents, withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import type { Cost } from './support/processes.ts';
import { today, writeResult } from './support/results.ts';
import { inTurn, median, medianCost } from './support/rounds.ts';
import { openSlowLink } from './support/slow-link.ts';

const ROUNDS = 3;
const LINK = { delayMs: 20, bytesPerSecond: 4_000_000 };
const { sizes, save } = benchFlags(300_000);
const [rows = 0] = sizes;

type Run = Cost & { readonly readSeconds: number; readonly sha256: string };
interface Exported {
  readonly files: readonly { readonly sha256: string }[];
  readonly phases: { readonly read: number };
}

await withDatabase(async ({ url, client }) => {
  await createEvents(client, rows);
  await using link = await openSlowLink(url, LINK);
  await withFolder(async (folder) => {
    const events = { table: 'BehavioralEvent' };
    await writeFile(path.join(folder, 'snapkeep.config.json'), JSON.stringify({ datasets: { events } }));
    const through = (address: string, lane: string, jobs: number) => async (): Promise<Run> => {
      const args = ['export', 'events', '--no-version', '--lane', lane, '--jobs', String(jobs), '--json'];
      const { stdout, ...cost } = await snapkeep(address, folder, args, { stdout: 'text' });
      const { files, phases } = dataOf<Exported>(stdout);
      return { ...cost, readSeconds: phases.read / 1000, sha256: files.map(({ sha256 }) => sha256).join() };
    };
    const runs = await inTurn(
      {
        'here, fast lane, 1': through(url, 'fast', 1),
        'here, fast lane, 4': through(url, 'fast', 4),
        'here, row lane, 1': through(url, 'row', 1),
        'here, row lane, 4': through(url, 'row', 4),
        'far, fast lane, 1': through(link.url, 'fast', 1),
        'far, fast lane, 4': through(link.url, 'fast', 4),
      },
      ROUNDS,
    );
    const files = new Set(Object.values(runs).flatMap((of) => of.map(({ sha256 }) => sha256)));
    if (files.size !== 1) throw new Error('not all of them wrote the same file');
    const results = Object.entries(runs).map(([name, of]) => ({
      name,
      ...medianCost(of),
      readSeconds: median(of.map(({ readSeconds }) => readSeconds)),
    }));
    for (const [index, result] of results.entries()) {
      const { name, seconds, readSeconds, cpuSeconds, peakMiB } = result;
      const alone = results[index - 1];
      const ratio =
        index % 2 === 1 && alone
          ? `  of one: read ${(readSeconds / alone.readSeconds).toFixed(2)}, CPU ${(cpuSeconds / alone.cpuSeconds).toFixed(2)}`
          : '';
      const times = `${seconds.toFixed(1)} s, read ${readSeconds.toFixed(1)} s, CPU ${cpuSeconds.toFixed(1)} s, ${peakMiB.toFixed(0)} MiB`;
      process.stdout.write(`${name.padEnd(20)} ${times}${ratio}\n`);
    }
    const result = { date: today(), command: `node bench/jobs.ts ${rows}`, machine: await describeMachine(client) };
    await writeResult('jobs', { ...result, rows, rounds: ROUNDS, link: LINK, results }, save);
  });
});
