import { availableParallelism } from 'node:os';
import { SnapkeepError } from '@snapkeep/sdk';
import { type Dataset, openDataset } from '../dataset.ts';
import { type Prepared, prepareExport } from '../export/session.ts';
import { findReferences, type Reference } from '../quality/references.ts';
import type { Runtime } from '../runtime.ts';
import type { RunRequest } from './request.ts';

/** One dataset of a run, with all that is known before there is a connection. */
export interface Member {
  readonly dataset: Dataset;
  readonly prepared: Prepared;
  /** Of rules that refer to datasets that are not in this run: their newest versions. */
  readonly references: ReadonlyMap<number, Reference>;
  /** Places of rules that refer to others in this run. */
  readonly later: ReadonlySet<number>;
}

/** Each of them has a server process and a DuckDB of its own. */
const MOST_AT_ONCE = 4;

/** libuv's own number, where nobody has set another: https://docs.libuv.org/en/v1.x/threadpool.html */
const POOL_THREADS = 4;
/** Left for files and names while the others wait for rows. */
const FREE_THREADS = 2;

/**
 * How many datasets are read at once. DuckDB waits for the rows of each in a thread of Node's pool: were all of them taken,
 * whoever has to write a file before the next row comes would wait for good.
 */
export function jobsOf({ jobs }: RunRequest, datasets: number): number {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? POOL_THREADS) || POOL_THREADS;
  const wanted = jobs ?? Math.min(availableParallelism(), MOST_AT_ONCE);
  return Math.min(wanted, datasets, Math.max(1, threads - FREE_THREADS));
}

/** The datasets that a run is for, in the order in which they were named, else in that of the configuration. */
export async function openMembers(runtime: Runtime, { names, each }: RunRequest): Promise<Member[]> {
  const asked = names.length > 0 ? names : Object.keys(runtime.config.datasets);
  if (asked.length === 0) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'the configuration names no dataset', {
      hint: 'Write some into snapkeep.config.yaml: datasets: {orders: {table: orders}}; or name tables.',
    });
  }
  const datasets = await Promise.all(asked.map((name) => openDataset(runtime, name)));
  const together = datasets.map(({ name }) => name);
  const twice = together.find((name, index) => together.indexOf(name) !== index);
  if (twice !== undefined) throw new SnapkeepError('SNAPKEEP_USAGE', `the dataset ${twice} is named twice`);
  const members: Member[] = [];
  for (const dataset of datasets) {
    const request = { ...each, name: dataset.name, wholeWithoutTime: true };
    const prepared = await prepareExport(runtime, dataset, request);
    const rules = dataset.config.rules ?? [];
    const later = rules.flatMap(({ references }, index) =>
      references && references.dataset !== dataset.name && together.includes(references.dataset) ? [index] : [],
    );
    const references = await findReferences(runtime, dataset.name, rules, together);
    members.push({ dataset, prepared, references, later: new Set(later) });
  }
  return members;
}
