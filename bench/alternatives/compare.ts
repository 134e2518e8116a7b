import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '@snapkeep/sdk';
import { lookAt, type ParquetFacts } from '../support/parquet.ts';
import { type Cost, cpuSecondsOfTree } from '../support/processes.ts';
import { median, medianCost } from '../support/rounds.ts';
import type { Written } from './alternative.ts';
import type { Found } from './list.ts';

/** One tool over all rounds. */
export interface Measured {
  readonly id: string;
  readonly name: string;
  readonly how: string;
  readonly docs: string;
  readonly note?: string;
  readonly validates?: string;
  readonly versions?: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Medians. */
  readonly cost: Cost;
  /** Median seconds of processor time of the server's processes; absent where the server is not ours. */
  readonly serverCpuSeconds?: number;
  /** Seconds of every round. */
  readonly seconds: readonly number[];
  /** The median by the clock beside the floor's. */
  readonly ratio: number;
  readonly file?: ParquetFacts;
  /** Why it was given up; its figures are of the rounds before. */
  readonly failed?: string;
}

export interface Table {
  readonly schema: string;
  readonly table: string;
  readonly rows: number;
}

interface Collected {
  readonly tool: Found;
  readonly costs: Cost[];
  readonly serverCpuSeconds: number[];
  file?: ParquetFacts;
  failed?: string;
}

/**
 * All tools in turn, as many rounds as asked for, each beginning with another tool; each a process of its own, from its start
 * to its end. A tool that fails once is left out from then on.
 * @param serverPid - of the server's first process, where it is on this machine and ours
 */
export async function compareTools(
  tools: readonly Found[],
  { schema, table, rows }: Table,
  { rounds, folder, serverPid }: { readonly rounds: number; readonly folder: string; readonly serverPid?: number },
  tell: (line: string) => void,
): Promise<Measured[]> {
  const collected: Collected[] = tools.map((tool) => ({ tool, costs: [], serverCpuSeconds: [] }));
  await mkdir(folder, { recursive: true });
  for (let round = 0; round < rounds; round += 1) {
    const order = collected.map((_, index) => collected[(index + round) % collected.length]);
    for (const one of order) {
      if (!one || one.failed !== undefined) continue;
      const { about, opened } = one.tool;
      const out = path.join(folder, `${about.id}.parquet`);
      try {
        const before = serverPid === undefined ? 0 : cpuSecondsOfTree(serverPid);
        const written = await opened.export({ schema, table, out });
        if (serverPid !== undefined) one.serverCpuSeconds.push(cpuSecondsOfTree(serverPid) - before);
        one.costs.push(written);
        one.file ??= await checked(written, rows);
        await Promise.all([out, ...written.files].map((file) => rm(file, { recursive: true, force: true })));
        tell(`round ${round + 1} of ${rounds}  ${about.name.padEnd(28)} ${written.seconds.toFixed(2)} s`);
      } catch (error) {
        one.failed = messageOf(error);
        tell(`${about.name} failed: ${one.failed}`);
      }
    }
  }
  const floor = medianCost(collected[0]?.costs ?? []).seconds;
  return collected.map((one) => measured(one, floor));
}

async function checked({ files }: Written, rows: number): Promise<ParquetFacts | undefined> {
  if (files.length === 0) return undefined;
  const facts = await lookAt(files);
  if (facts.rows !== rows) throw new Error(`wrote ${facts.rows} of ${rows} rows`);
  return facts;
}

function measured(
  { tool: { about, opened }, costs, serverCpuSeconds, file, failed }: Collected,
  floor: number,
): Measured {
  const { open: _, writes: __, ...said } = about;
  const cost = medianCost(costs);
  return {
    ...said,
    ...(opened.validates === undefined ? {} : { validates: opened.validates }),
    packages: opened.versions,
    cost,
    ...(serverCpuSeconds.length > 0 ? { serverCpuSeconds: median(serverCpuSeconds) } : {}),
    seconds: costs.map(({ seconds }) => seconds),
    ratio: cost.seconds / floor,
    ...(file ? { file } : {}),
    ...(failed === undefined ? {} : { failed }),
  };
}
