import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest, PartsPlan } from '@snapkeep/sdk';
import type { Transaction } from '../../../store/transaction.ts';
import type { Runtime } from '../../runtime.ts';
import { writeRequest } from '../publish.ts';
import { sortedBytes, sortsAtOnce } from '../sort-way.ts';
import type { Staging } from '../staging.ts';
import { contentToCut, findCuts } from './cuts.ts';
import { type PartFacts, partView } from './view.ts';

/** So many rows in a row show how well they can be compressed, or fewer long ones: they are sorted in memory. */
const SAMPLE_ROWS = 65_536;
const SAMPLE_BYTES = 24_000_000;
const FEWEST_ROWS = 256;
/** Above it the SQL that tells a row's part grows long, and nobody wants so many files. */
const MOST_PARTS = 1_000;
const MB = 1_000_000;

/** What is known of the rows before they are cut. */
export interface ToCut {
  readonly rows: number;
  /** Of all rows as they were staged, bytes. */
  readonly characters: number;
  readonly newest: Manifest | undefined;
}

/**
 * Rows of a part on average. The newest version's own as long as its files are as large as they are meant to be: with
 * another number every file would be another one. Else what a sample of the rows needs when it is written, as a power
 * of two, so that a table that grows comes to the same number again; fewer where the memory would not do to sort them at once.
 */
export async function partRows(
  runtime: Runtime,
  staging: Staging,
  transaction: Transaction,
  { parts, rows, characters, newest }: { parts: PartsPlan } & ToCut,
): Promise<number> {
  const target = parts.targetMB * MB;
  const kept = newest && keptRows(newest, target);
  if (kept !== undefined && rows / kept <= MOST_PARTS) return kept;
  const sorted = rows === 0 ? 1 : sortedBytes(staging.plan, { rows, characters }) / rows;
  const perRow = rows === 0 ? 1 : await bytesPerRow(runtime, staging, transaction, sorted);
  const wanted = Math.max(target / perRow, rows / MOST_PARTS, FEWEST_ROWS);
  const least = Math.max(rows / MOST_PARTS, FEWEST_ROWS);
  const isSorted = (part: number) => sortsAtOnce(staging, { rows: part, characters: (characters / rows) * part });
  let part = 2 ** Math.round(Math.log2(wanted));
  while (part / 2 >= least && !isSorted(part)) part /= 2;
  return part;
}

function keptRows({ plan, files, bytes }: Manifest, target: number): number | undefined {
  const { parts } = plan.output;
  if (parts === undefined || parts.rows === null || parts.targetMB * MB !== target) return undefined;
  const mean = bytes / files.length;
  // The only file there is may be as small as it likes.
  return mean <= 2 * target && (files.length === 1 || mean >= target / 2) ? parts.rows : undefined;
}

/**
 * Written by the writer itself, from the middle of the key's space.
 * @param sorted - bytes of a row on average while it is sorted
 */
async function bytesPerRow(
  runtime: Runtime,
  staging: Staging,
  transaction: Transaction,
  sorted: number,
): Promise<number> {
  const { engine, plan } = staging;
  const sampled = Math.min(SAMPLE_ROWS, 2 ** Math.floor(Math.log2(SAMPLE_BYTES / sorted)));
  const cuts = await findCuts(engine, contentToCut(plan), Math.max(1, sampled));
  const range = cuts.range(Math.floor(cuts.count / 2));
  const counted = await engine.row(`SELECT count(*) AS n FROM content WHERE ${range}`);
  const part: PartFacts = { range, rows: Number(counted.n) };
  const directory = join(transaction.directory, 'sample');
  await mkdir(directory, { mode: 0o700 });
  try {
    const writer = await runtime.capability('writer', plan.capabilities.writer);
    const written = await writer.write(
      writeRequest(plan, await partView(staging, part), directory),
      runtime.context(plan.capabilities.writer),
    );
    const sizes = await Promise.all(written.map(({ name }) => stat(join(directory, name))));
    return sizes.reduce((sum, { size }) => sum + size, 0) / Math.max(1, part.rows);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
