import { dirname, join } from 'node:path';
import {
  type ColumnPlan,
  type ExportPlan,
  heldType,
  isNested,
  type Manifest,
  quoteIdentifier,
  type StagedRelation,
  type Substitution,
} from '@snapkeep/sdk';
import { stagedDecimalText, stagedValue, textExpression } from '../../engine/column-plan.ts';
import { DEFAULT_MEMORY_LIMIT_MB, type Engine, openEngine } from '../../engine/engine.ts';
import { findDimensions } from './dimensions.ts';
import { markFarYears } from './far-years.ts';
import { cameInOrder } from './key-order.ts';
import { resolveNumerics } from './numeric.ts';
import { ROW_GROUP_ROWS } from './row-group-size.ts';
import { stagedNulls } from './row-width.ts';
import { stagedBlock, stagedRowGroup } from './staged-table.ts';
import { findSubstitutions, withSubstitutions } from './substitutions.ts';
import { setThreads, threadsWithin } from './threads.ts';

/** Four of DuckDB's row groups. */
const PIECE_ROWS = 4 * ROW_GROUP_ROWS;
/** A table being filled holds a block of 256 KiB for each column, and one for its NULLs. */
const MB_PER_COLUMN = 1;

/**
 * Where the rows wait between source and file: a DuckDB database in the transaction's folder.
 *
 * `staged` has the values as `v0 … vN` (lists in the form of src/engine/layout.ts), `refused`, the number of the first
 * column whose text could not be held exactly, in `s0 … sN`, where a policy replaces values, whether it did, and
 * `undecided`, whether the validator must see the row; for those and for refused ones all `texts` as they came.
 * `snapshot` has the columns under their own names in their final order; `content` the same without the order, for what
 * doesn't need it, and `hashed_between(first, after)` those of some of the rows, as {@link hashedPieces} numbers them, with texts
 * in the place of DECIMALs that wait as texts.
 */
export interface Staging {
  readonly engine: Engine;
  readonly plan: ExportPlan;
  /** What policies replaced; nothing before the rows are settled. */
  readonly substitutions: readonly Substitution[];
  /** Whether the rows came in their final order, no two keys alike; not known before the rows are settled. */
  readonly inOrder: boolean;
  /** Absolute; private to this transaction. */
  readonly directory: string;
  readonly memoryLimitMB: number;
  /** Of the table in which the rows wait. */
  readonly rowGroupRows: number;
  /** DuckDB's, where nothing needs all the memory for one. */
  readonly threads: number;
  /** What DuckDB may take of it and, for each column of a wide table, beyond. */
  readonly engineLimitMB: number;
  /** @param view - other rows of the same columns than all; absent: `snapshot` */
  relation(rows: number, view?: string): StagedRelation;
  /** Safe to call twice. */
  close(): void;
}

/** SQL over the staged rows: by what they are sorted. */
export function sortValues(plan: ExportPlan): string[] {
  const { columns, sort } = plan;
  const values = new Map(
    columns.map((column, index) => [column.name, stagedValue(column, index, stagedNulls(plan, column))]),
  );
  return sort.flatMap((name) => values.get(name) ?? []);
}

/**
 * SQL over rows as they are staged: the columns under their own names.
 * @param others - SQL in the place of some values, by name
 * @param only - names of the columns that are wanted; absent: all
 */
export function namedValues(
  plan: ExportPlan,
  others: ReadonlyMap<string, string> = new Map(),
  only?: ReadonlySet<string>,
): string {
  const named = plan.columns.flatMap((column, index) => {
    if (only && !only.has(column.name)) return [];
    const value = others.get(column.name) ?? stagedValue(column, index, stagedNulls(plan, column));
    return `${value} AS ${quoteIdentifier(column.name)}`;
  });
  return named.join(', ');
}

/** SQL over rows as they are staged, by name: the texts of DECIMALs that wait as texts. */
export function decimalTexts(plan: ExportPlan): ReadonlyMap<string, string> {
  return new Map(
    plan.columns.flatMap((column, index): [string, string][] => {
      const text = stagedDecimalText(column, index, stagedNulls(plan, column));
      return text === undefined ? [] : [[column.name, text]];
    }),
  );
}

function views(plan: ExportPlan, inOrder: boolean): string[] {
  const named = namedValues(plan);
  const order = inOrder || plan.sort.length === 0 ? '' : ` ORDER BY ${sortValues(plan).join(', ')}`;
  return [
    `CREATE VIEW content AS SELECT ${named} FROM staged`,
    `CREATE MACRO hashed_between(first, after) AS TABLE SELECT ${namedValues(plan, decimalTexts(plan))} FROM staged WHERE rowid >= first AND rowid < after`,
    `CREATE VIEW snapshot AS SELECT ${named} FROM staged${order}`,
  ];
}

/**
 * SQL: relations that together are what the content hash reads of `content`, so that statements of some tenths of a second follow one another: each takes all threads that are free when
 * it begins.
 */
export async function hashedPieces(engine: Engine): Promise<[string, ...string[]]> {
  const { last } = await engine.row('SELECT max(rowid) AS last FROM staged');
  const more = Array.from({ length: Math.floor(Number(last ?? 0) / PIECE_ROWS) }, (_, index) => index + 1);
  const piece = (index: number) => `hashed_between(${index * PIECE_ROWS}, ${(index + 1) * PIECE_ROWS})`;
  return [piece(0), ...more.map(piece)];
}

/** Opens the staging database; rows come by {@link RowStage}, then {@link settleStaging}. */
export async function openStaging(
  directory: string,
  plan: ExportPlan,
  memoryLimitMB = DEFAULT_MEMORY_LIMIT_MB,
): Promise<Staging> {
  const engineLimitMB = memoryLimitMB + Math.max(0, plan.columns.length - 100) * MB_PER_COLUMN;
  const rowGroupRows = stagedRowGroup(plan.relation);
  const engine = await openEngine({
    file: { path: join(directory, 'staging.duckdb'), rowGroupRows, blockBytes: stagedBlock(plan.relation) },
    spillDirectory: join(directory, 'spill'),
    // The transaction's folder: rules of the configuration are SQL that runs here.
    confinedTo: dirname(directory),
    memoryLimitMB: engineLimitMB,
  });
  const threads = threadsWithin(memoryLimitMB);
  await setThreads(engine, threads);
  const limits = { memoryLimitMB, engineLimitMB, rowGroupRows, threads };
  return stagingOf({ engine, plan, directory, ...limits, substitutions: [], inOrder: false });
}

function stagingOf(facts: Omit<Staging, 'relation' | 'close'>): Staging {
  const { engine, plan } = facts;
  return {
    ...facts,
    relation: (rows, view = 'snapshot') => ({
      engine,
      name: view,
      columns: plan.columns,
      rows,
      batches: (batchRows) => textBatches(engine, view, plan.columns, batchRows),
    }),
    close: () => engine.close(),
  };
}

/** Names as DuckDB itself prints a nested type: so that what is read back can be compared by name. */
async function nameTypes(engine: Engine, plan: ExportPlan): Promise<ExportPlan> {
  const columns = await Promise.all(
    plan.columns.map(async (column) => {
      const held = heldType(column);
      if (!isNested(held) && held.kind !== 'interval') return column;
      const { name } = await engine.row(`SELECT typeof(NULL::${column.fileType}) AS name`);
      return { ...column, fileType: String(name) };
    }),
  );
  return { ...plan, columns };
}

/**
 * All rows are there: their lists get their dimensions.
 * @param before - the newest version's manifest, to whose types the new ones keep where they can
 */
export async function shapeStaging(staging: Staging, before: Manifest | undefined): Promise<Staging> {
  return stagingOf({ ...staging, plan: await findDimensions(staging.engine, staging.plan, before) });
}

/**
 * No value is refused: other types that depend on the rows are fixed, substitutions are counted, and the views come into being
 * under which the rows have their own names.
 * @param before - the newest version's manifest, to whose types the new ones keep where they can
 * @returns the same staging with the plan as it will be carried out
 */
export async function settleStaging(staging: Staging, before: Manifest | undefined): Promise<Staging> {
  const { engine } = staging;
  const resolved = await resolveNumerics(engine, staging.plan, before);
  const settled = await nameTypes(engine, await markFarYears(engine, resolved));
  const substitutions = await findSubstitutions(engine, settled);
  const plan = withSubstitutions(settled, substitutions);
  const inOrder = await cameInOrder(engine, sortValues(plan));
  for (const statement of views(plan, inOrder)) await engine.run(statement);
  return stagingOf({ ...staging, plan, substitutions, inOrder });
}

/** The same staging, the size of its parts decided. */
export function withPartRows(staging: Staging, rows: number): Staging {
  const { output } = staging.plan;
  if (output.parts === undefined) return staging;
  return stagingOf({ ...staging, plan: { ...staging.plan, output: { ...output, parts: { ...output.parts, rows } } } });
}

/** The same staging, the row groups of its files of at most so many rows. */
export function withRowGroups(staging: Staging, rowGroupRows: number): Staging {
  const { output } = staging.plan;
  return stagingOf({ ...staging, plan: { ...staging.plan, output: { ...output, rowGroupRows } } });
}

async function* textBatches(
  engine: Engine,
  view: string,
  columns: readonly ColumnPlan[],
  batchRows: number,
): AsyncGenerator<(string | null)[][]> {
  const texts = columns.map((column) => textExpression(column, quoteIdentifier(column.name))).join(', ');
  let batch: (string | null)[][] = [];
  for await (const rows of engine.streamRows(`SELECT ${texts} FROM ${view}`)) {
    for (const row of rows) {
      batch.push(row as (string | null)[]);
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
