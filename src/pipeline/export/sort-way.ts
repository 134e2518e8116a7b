import type { ColumnPlan, ExportPlan, StagedRelation } from '@snapkeep/sdk';
import type { Engine, PreparedStatement } from '../../engine/engine.ts';
import { findLabels, type LabelColumn } from './labels.ts';
import { needsSort } from './publish.ts';
import { areLong, areVeryLong, VECTOR_BYTES } from './row-group-size.ts';
import type { Staging } from './staging.ts';
import { setThreads } from './threads.ts';

const MB = 1_000_000;
/** Fewer rows are sorted before anything about them is found out. */
const FEWEST_ROWS = 50_000;
/** For the sort and for what is done beside it (make-files.ts). */
const FEW_THREADS = 2;
/** A text, beside its characters: what encloses it as CSV, and its place in a row that is sorted. */
const ENCLOSED_BYTES = 3;
const TEXT_BYTES = 16;
/** What stands in a row for a label. */
const LABEL_BYTES = 2;
/** A thread that writes has a dictionary and pages for each column of texts: of more columns there is room for one thread. */
const MOST_TEXTS = 64;
/** Of the memory limit: rows of so much are sorted in runs. */
const SHARE_IN_RUNS = 0.95;
/** Of the memory limit: of long rows so much is not sorted at once. */
const SHARE_OF_LONG = 0.25;

/** How rows are sorted within a memory that may not hold them. */
export interface SortWay {
  /** Columns that are sorted as numbers. */
  readonly labels: readonly LabelColumn[];
  readonly oneThread: boolean;
  /** Runs leave memory as soon as each is sorted; otherwise only when it doesn't hold all rows. */
  readonly inRuns: boolean;
  /** One range of the key after the other, into a table of their own (sort-in-ranges.ts). */
  readonly inRanges: boolean;
  /** As {@link writtenByOne} says. */
  readonly plannedForSeveral: boolean;
}

const AS_THEY_COME: SortWay = {
  labels: [],
  oneThread: false,
  inRuns: false,
  inRanges: false,
  plannedForSeveral: false,
};

/** How much there is to sort. */
export interface Size {
  readonly rows: number;
  /** Of all rows as they were staged, bytes. */
  readonly characters: number;
}

function textColumns({ columns }: ExportPlan): readonly ColumnPlan[] {
  return columns.filter(({ fileType }) => fileType === 'VARCHAR' || fileType === 'JSON');
}

/** Bytes that the rows take while they are sorted, about: a text takes a place in its row beside its characters, even one that is NULL. */
export function sortedBytes(plan: ExportPlan, { rows, characters }: Size, labels: readonly LabelColumn[] = []): number {
  const perRow = (textColumns(plan).length - labels.length) * (TEXT_BYTES - ENCLOSED_BYTES);
  const saved = labels.reduce((sum, { averageBytes }) => sum + averageBytes + ENCLOSED_BYTES - LABEL_BYTES, 0);
  return characters + rows * (perRow - saved);
}

/** Rows that are long, or of very many texts: of them DuckDB holds so many that others leave no room. */
function areHard(plan: ExportPlan, size: Size): boolean {
  return areLong(size) || textColumns(plan).length > MOST_TEXTS;
}

/** Whether DuckDB sorts all rows at once within the memory. */
export function sortsAtOnce({ plan, memoryLimitMB }: Pick<Staging, 'plan' | 'memoryLimitMB'>, size: Size): boolean {
  if (areVeryLong(size)) return sortedBytes(plan, size) <= VECTOR_BYTES;
  return !areHard(plan, size) || sortedBytes(plan, size) <= memoryLimitMB * MB * SHARE_OF_LONG;
}

/**
 * DuckDB counts on keeping all rows until it finds that they are too many: where they just about fit, there is no room left for writing
 * them, and one thread fails, or all of them leave memory and come back. Where they are more, several threads take twice the
 * work of one (docs/adr/0025).
 * @param whole - all rows in one sort
 */
export async function chooseSort(staging: Staging, size: Size, whole: boolean): Promise<SortWay> {
  const { rows, characters } = size;
  if (!needsSort(staging)) {
    return { ...AS_THEY_COME, oneThread: areHard(staging.plan, size) };
  }
  const limit = staging.memoryLimitMB * MB;
  if (whole && areLong(size) && !sortsAtOnce(staging, size)) {
    return { ...AS_THEY_COME, oneThread: true, inRanges: true };
  }
  if (!whole || rows < FEWEST_ROWS) return { ...AS_THEY_COME, oneThread: characters > limit };
  const labels = await findLabels(staging);
  const bytes = sortedBytes(staging.plan, size, labels);
  if (staging.threads > FEW_THREADS && bytes <= limit) return { ...AS_THEY_COME, labels };
  return {
    labels,
    oneThread: true,
    inRanges: false,
    inRuns: bytes <= limit * SHARE_IN_RUNS,
    plannedForSeveral: !areHard(staging.plan, size),
  };
}

async function planForSeveral(engine: Engine, sql: string): Promise<PreparedStatement> {
  await setThreads(engine, FEW_THREADS);
  try {
    return await engine.prepare(sql);
  } finally {
    await setThreads(engine, 1);
  }
}

/**
 * The rows for a writer whose statement is planned for several threads, and run by one. DuckDB plans a file that one thread writes otherwise:
 * what comes out of the sort then takes room from it, and of some million rows the writing takes half as long again (docs/adr/0037).
 * @param begun - called when the number of threads is again what it was
 */
export function writtenByOne(relation: StagedRelation, engine: Engine, begun: () => void): StagedRelation {
  const { dialect, version } = engine;
  const run = async (sql: string) => {
    const planned = await planForSeveral(engine, sql);
    begun();
    await planned.run();
  };
  const batches = (batchRows: number) => {
    begun();
    return relation.batches(batchRows);
  };
  return { ...relation, engine: { dialect, version, run }, batches };
}

/** Of this connection, and of all the engine's threads, until {@link sortOtherwise}. */
export async function sortIn(engine: Engine, { oneThread, inRuns }: SortWay): Promise<void> {
  if (oneThread) await setThreads(engine, 1);
  if (inRuns) await engine.run('SET debug_force_external = true');
}

/** Where memory was too short for one way: rows that need no sort by one thread; others by the other number of threads, keeping what can be kept. */
export async function sortOtherwise(staging: Staging, { oneThread, inRuns }: SortWay): Promise<void> {
  const { engine, threads } = staging;
  await setThreads(engine, oneThread && needsSort(staging) ? threads : 1);
  if (inRuns) await engine.run('RESET debug_force_external');
}
