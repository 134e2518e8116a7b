import type { Manifest } from '@snapkeep/sdk';
import { contentHash } from '../../engine/content-hash.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Runtime } from '../runtime.ts';
import { sortLabelsAsNumbers } from './labels.ts';
import { dropCache, isMemoryLimit, limitMemory } from './memory.ts';
import { measureQuality } from './metrics.ts';
import type { CutRows } from './parts/cut.ts';
import { writeParts } from './parts/write.ts';
import { needsSort, type Written, writeFiles } from './publish.ts';
import type { Run } from './run.ts';
import { sortInRanges } from './sort-in-ranges.ts';
import { chooseSort, sortIn, sortOtherwise } from './sort-way.ts';
import type { Staging } from './staging.ts';

const MB = 1_000_000;

export interface MadeFiles extends Written {
  readonly hash: string;
  readonly quality: Omit<Manifest['quality'], 'rules'>;
}

/** The hash of what is staged. */
export function hashStaged({ phases }: Pick<Run, 'phases'>, { engine, plan }: Staging): Promise<string> {
  return phases.measure('hash', () => contentHash(engine, 'content', plan.columns));
}

/** Both at once; where one fails the other is called off, and its end awaited. */
async function together<A, B>(
  one: { readonly engine: Engine; readonly work: () => Promise<A> },
  other: { readonly engine: Engine; readonly work: () => Promise<B> },
): Promise<[A, B]> {
  const failures: unknown[] = [];
  const failing = (victim: Engine) => (error: unknown) => {
    failures.push(error);
    victim.interrupt();
    throw error;
  };
  const [a, b] = await Promise.allSettled([
    one.work().catch(failing(other.engine)),
    other.work().catch(failing(one.engine)),
  ]);
  if (a.status === 'rejected' || b.status === 'rejected') throw failures[0];
  return [a.value, b.value];
}

/** Bytes of CSV of a row group beside which a third of the limit does for writing it (docs/adr/0025). */
const SMALL_ROW_GROUP = 24 * MB;

/** What only passes through needs no more than a third: the rest would be copies of what lies on disk. But a writer holds whole row groups. */
function needsLittle(staging: Staging, { rows, characters, cut }: ToWrite): boolean {
  const rowGroup = (characters / Math.max(1, rows)) * staging.plan.output.rowGroupRows;
  return !needsSort(staging) && !cut && rowGroup <= SMALL_ROW_GROUP;
}

/** What is known of the rows before they are written. */
interface ToWrite {
  readonly rows: number;
  /** Of all rows as they were staged. */
  readonly characters: number;
  /** The rows' hash, where it was asked for before. */
  readonly known: string | undefined;
  /** Absent: one file. */
  readonly cut: CutRows | undefined;
}

const SHOW_EVERY_MS = 500;

interface ShownWriting {
  /** From here on the engine's progress is that of files. */
  begin(): void;
  end(): void;
}

/** Of sorting and writing, which take as long as reading. */
function showProgress(runtime: Runtime, { engine, plan }: Staging, rows: number): ShownWriting {
  const task = runtime.progress.start(`write ${plan.dataset}`, { unit: 'rows', total: rows });
  // Of several files each begins anew; the furthest is told.
  let done = 0;
  let begun = false;
  const timer = setInterval(() => {
    if (begun) done = Math.max(done, Math.floor(rows * engine.progress()));
    task.update(done);
  }, SHOW_EVERY_MS);
  return {
    begin() {
      begun = true;
    },
    end() {
      clearInterval(timer);
      task.end();
    },
  };
}

/**
 * The staged rows become files, while a second connection computes what the manifest says of them: a sort that spills
 * is the work of one thread. Where the memory doesn't do for both, one comes after the other, each with all of it, and the sort is
 * that of the other number of threads, or at last one of a range of the key after the other.
 * @throws SNAPKEEP_MEMORY_LIMIT, SNAPKEEP_STORAGE_FULL
 */
export async function makeFiles(run: Run, staging: Staging, toWrite: ToWrite): Promise<MadeFiles> {
  const { rows, known, cut } = toWrite;
  const { runtime, phases, transaction } = run;
  const { engine, engineLimitMB } = staging;
  const way = await chooseSort(staging, toWrite, !cut);
  const few = new Set(way.labels.map(({ name }) => name));
  const second = await engine.fork();
  const beside: Staging = { ...staging, engine: second };
  const measure = async () => {
    const hash = known ?? (await hashStaged(run, beside));
    return { hash, quality: await phases.measure('metrics', () => measureQuality(beside, few)) };
  };
  const shown = showProgress(runtime, staging, rows);
  const writeWhole = () => writeFiles(runtime, staging, transaction, rows);
  const write = () =>
    phases.measure('write', async () => {
      await sortLabelsAsNumbers(staging, way.labels);
      shown.begin();
      return cut ? writeParts(runtime, staging, transaction, cut) : writeWhole();
    });
  const all = ([measured, written]: readonly [Awaited<ReturnType<typeof measure>>, Written]): MadeFiles => ({
    ...measured,
    ...written,
  });
  const writeInRanges = async (error: unknown) => {
    if (!isMemoryLimit(error) || !needsSort(staging) || cut) throw error;
    await sortInRanges(staging, toWrite);
    await dropCache(engine, engineLimitMB);
    return phases.measure('write', writeWhole);
  };
  try {
    await dropCache(engine, engineLimitMB);
    const little = needsLittle(staging, toWrite);
    if (little) await limitMemory(engine, Math.round(engineLimitMB / 3));
    await sortIn(engine, way);
    const both = () => together({ engine: second, work: measure }, { engine, work: write });
    const withAllMemory = async (error: unknown) => {
      if (!little || !isMemoryLimit(error)) throw error;
      await limitMemory(engine, engineLimitMB);
      return both();
    };
    return all(await both().catch(withAllMemory));
  } catch (error) {
    if (!isMemoryLimit(error)) throw error;
    await sortOtherwise(engine, way);
    await limitMemory(engine, engineLimitMB);
    const measured = await measure();
    await dropCache(engine, engineLimitMB);
    return all([measured, await write().catch(writeInRanges)]);
  } finally {
    shown.end();
    second.close();
  }
}
