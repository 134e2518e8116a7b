import type { Manifest } from '@snapkeep/sdk';
import { contentHash } from '../../engine/content-hash.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Runtime } from '../runtime.ts';
import { sortLabelsAsNumbers } from './labels.ts';
import { dropCache, isMemoryLimit, withOneThreadAtLast } from './memory.ts';
import { measureQuality } from './metrics.ts';
import type { CutRows } from './parts/cut.ts';
import { writeParts } from './parts/write.ts';
import { needsSort, settleFiles, type Written, writeFiles } from './publish.ts';
import type { Run } from './run.ts';
import { sortInRanges } from './sort-in-ranges.ts';
import { chooseSort, sortIn, sortOtherwise, writtenByOne } from './sort-way.ts';
import { decimalTexts, hashedPieces, type Staging } from './staging.ts';
import { setStatementsAtOnce, setThreads } from './threads.ts';

export interface MadeFiles extends Written {
  readonly hash: string;
  readonly quality: Omit<Manifest['quality'], 'rules'>;
}

/** The hash of what is staged. */
export function hashStaged({ phases }: Pick<Run, 'phases'>, { engine, plan }: Staging): Promise<string> {
  return phases.measure('hash', async () =>
    contentHash(engine, await hashedPieces(engine), plan.columns, new Set(decimalTexts(plan).keys())),
  );
}

interface Work<T> {
  readonly engine: Engine;
  readonly start: () => Promise<T>;
}

/**
 * Both at once. Where the memory was too short for one, the other has all of it from then on; where one fails
 * otherwise, the other is called off, and its end awaited.
 */
async function together<A, B>(
  one: Work<A>,
  other: Work<B>,
): Promise<readonly [PromiseSettledResult<A>, PromiseSettledResult<B>]> {
  const failures: unknown[] = [];
  const failing = (beside: Engine) => (error: unknown) => {
    if (!isMemoryLimit(error)) {
      failures.push(error);
      beside.interrupt();
    }
    throw error;
  };
  const results = await Promise.allSettled([
    one.start().catch(failing(other.engine)),
    other.start().catch(failing(one.engine)),
  ]);
  if (failures.length > 0) throw failures[0];
  return results;
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
  /** So much of the rows is sorted: the first half of the work, where it is done beforehand. */
  sorted(share: number): void;
  /** From here on the engine's progress is that of files. */
  begin(): void;
  end(): void;
}

/** Of sorting and writing, which take as long as reading. */
function showProgress(runtime: Runtime, { engine, plan }: Staging, rows: number): ShownWriting {
  const task = runtime.progress.start(`write ${plan.dataset}`, { unit: 'rows', total: rows });
  // Of several files each begins anew; the furthest is told.
  let done = 0;
  let before = 0;
  let begun = false;
  const timer = setInterval(() => {
    if (begun) done = Math.max(done, Math.floor(rows * (before + (1 - before) * engine.progress())));
    task.update(done);
  }, SHOW_EVERY_MS);
  return {
    sorted(share) {
      before = share / 2;
      done = Math.max(done, Math.floor(rows * before));
    },
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
 * is the work of one thread. What the memory didn't do for is done again when the other is done, with all of it: measuring by one thread at last, the sort by
 * the other number of threads, or at last one of a range of the key after the other.
 * @throws SNAPKEEP_MEMORY_LIMIT, SNAPKEEP_STORAGE_FULL
 */
export async function makeFiles(run: Run, staging: Staging, toWrite: ToWrite): Promise<MadeFiles> {
  const { rows, known, cut } = toWrite;
  const { runtime, phases, transaction } = run;
  const { engine, engineLimitMB, threads } = staging;
  const way = await chooseSort(staging, toWrite, !cut);
  const few = new Set(way.labels.map(({ name }) => name));
  const second = await engine.fork();
  const beside: Staging = { ...staging, engine: second };
  let hash = known;
  const begun = Promise.withResolvers<void>();
  let byOne = way.plannedForSeveral;
  const measure = async () => {
    hash ??= await hashStaged(run, beside);
    return { hash, quality: await phases.measure('metrics', () => measureQuality(beside, few)) };
  };
  const shown = showProgress(runtime, staging, rows);
  const writeWhole = async () => {
    if (way.inRanges) await sortInRanges(staging, toWrite, shown.sorted);
    shown.begin();
    const relation = staging.relation(rows);
    const from = byOne ? writtenByOne(relation, engine, begun.resolve) : relation;
    const unsettled = await writeFiles(runtime, staging, transaction, from);
    await rowsAreWritten();
    return settleFiles(runtime, staging, unsettled, rows);
  };
  // What is still measured has the memory for itself, and may have all threads.
  const rowsAreWritten = async () => {
    await setStatementsAtOnce(engine, 1);
    await setThreads(engine, threads);
  };
  const write = () =>
    phases.measure('write', async () => {
      await sortLabelsAsNumbers(staging, way.labels, second);
      if (!byOne) begun.resolve();
      if (!cut) return writeWhole();
      shown.begin();
      const parts = await writeParts(runtime, staging, transaction, cut);
      await rowsAreWritten();
      return parts;
    });
  const writeInRanges = async (error: unknown) => {
    if (!isMemoryLimit(error) || !needsSort(staging) || cut || way.inRanges) throw error;
    byOne = false;
    await sortInRanges(staging, toWrite, shown.sorted);
    await dropCache(engine, engineLimitMB);
    return phases.measure('write', writeWhole);
  };
  const measureAlone = async () => {
    await dropCache(engine, engineLimitMB);
    return withOneThreadAtLast(engine, measure);
  };
  const writeOtherwise = async () => {
    byOne = false;
    await sortOtherwise(staging, way);
    await dropCache(engine, engineLimitMB);
    return write().catch(writeInRanges);
  };
  try {
    await dropCache(engine, engineLimitMB);
    await sortIn(engine, way);
    if (!way.oneThread && threads > 1) await setStatementsAtOnce(engine, 2);
    const startWriting = () =>
      write().catch((error) => {
        // What hasn't begun to be measured is not.
        begun.reject(error);
        throw error;
      });
    // Of the two it is the writing that takes longer.
    const startMeasuring = () => begun.promise.then(measure);
    const [made, measured] = await together({ engine, start: startWriting }, { engine: second, start: startMeasuring });
    await setStatementsAtOnce(engine, 1);
    return {
      ...(measured.status === 'fulfilled' ? measured.value : await measureAlone()),
      ...(made.status === 'fulfilled' ? made.value : await writeOtherwise()),
    };
  } finally {
    shown.end();
    second.close();
  }
}
