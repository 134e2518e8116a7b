import { join } from 'node:path';
import {
  type ColumnPlan,
  type ExportPlan,
  heldType,
  isNested,
  type Manifest,
  quoteIdentifier,
  quoteLiteral,
  type StagedRelation,
  type Substitution,
} from '@snapkeep/sdk';
import { columnExpressions, stagedValue, textExpression } from '../../engine/column-plan.ts';
import { DEFAULT_MEMORY_LIMIT_MB, type Engine, openEngine } from '../../engine/engine.ts';
import { engineError } from '../../engine/engine-error.ts';
import { QUOTE } from './csv-pipe.ts';
import { findDimensions } from './dimensions.ts';
import { markFarYears } from './far-years.ts';
import { resolveNumerics } from './numeric.ts';
import { findSubstitutions, withSubstitutions } from './substitutions.ts';

/** One row may be this long as CSV; what is longer is refused with its size. */
export const MAX_ROW_BYTES = 8 * 1024 * 1024;
/** A table being filled holds a block of 256 KiB for each column, and one for its NULLs. */
const MB_PER_COLUMN = 1;
/** What DuckDB reads at once; it keeps a few of these. */
const BUFFER_BYTES = 10 * 1024 * 1024;

/**
 * Where the rows wait between source and file: a DuckDB database in the transaction's folder.
 *
 * `staged` has the values as `v0 … vN` (lists in the form of src/engine/layout.ts), `refused`, the number of the first column whose text could not be
 * held exactly, `refused_text`, and in `s0 … sN`, where a policy replaces values, whether it did. `snapshot` has the
 * columns under their own names in their final order; `content` the same without the order, for what doesn't need it.
 */
export interface Staging {
  readonly engine: Engine;
  readonly plan: ExportPlan;
  /** What policies replaced; nothing before the rows are settled. */
  readonly substitutions: readonly Substitution[];
  /** Absolute; private to this transaction. */
  readonly directory: string;
  relation(rows: number): StagedRelation;
  /** Safe to call twice. */
  close(): void;
}

/** Every column as text, numbered, so that no name can hurt; one more where a lone NULL would be an empty line. */
function csvColumns(columns: readonly ColumnPlan[]): string[] {
  const names = columns.map((_, index) => `c${index}`);
  return names.length === 1 ? [...names, 'filler'] : names;
}

/** The statement that reads the CSV, casts each value once and marks what was not held exactly. */
export function stageStatement(path: string, columns: readonly ColumnPlan[]): string {
  const types = csvColumns(columns)
    .map((name) => `'${name}': 'VARCHAR'`)
    .join(', ');
  const read = `read_csv(${quoteLiteral(path)}, columns = {${types}}, header = false, auto_detect = false, delim = ',',
    new_line = '\\n', quote = ${quoteLiteral(QUOTE)}, escape = ${quoteLiteral(QUOTE)}, comment = '', null_padding = false, strict_mode = true, nullstr = '', allow_quoted_nulls = false, parallel = false,
    max_line_size = ${MAX_ROW_BYTES}, buffer_size = ${BUFFER_BYTES})`;
  const expressions = columns.map((column, index) =>
    columnExpressions(column, { text: `c${index}`, source: `t${index}`, value: `v${index}` }),
  );
  const trees = expressions.flatMap(({ source }, index) => (source === undefined ? [] : [`${source} AS t${index}`]));
  const cast = expressions.map(({ value }, index) => `${value} AS v${index}`);
  const inexact = expressions.flatMap(({ refused: condition }, index) =>
    condition === undefined ? [] : [{ index, condition }],
  );
  const marks = expressions.flatMap(({ substituted }, index) =>
    substituted === undefined ? [] : [`${substituted} AS s${index}`],
  );
  const refused = inexact.length
    ? `CASE ${inexact.map(({ index, condition }) => `WHEN ${condition} THEN ${index}`).join(' ')} END`
    : 'NULL::INTEGER';
  const refusedText = inexact.length
    ? `CASE refused ${inexact.map(({ index }) => `WHEN ${index} THEN c${index}`).join(' ')} END`
    : 'NULL::VARCHAR';
  const values = [...columns.map((_, index) => `v${index}`), ...marks].join(', ');
  return `CREATE TABLE staged AS SELECT ${values}, refused, ${refusedText} AS refused_text
    FROM (SELECT *, ${refused} AS refused FROM (SELECT *, ${cast.join(', ')} FROM (SELECT ${['*', ...trees].join(', ')} FROM ${read})))`;
}

function views(plan: ExportPlan): string[] {
  const values = new Map(plan.columns.map((column, index) => [column.name, stagedValue(column, index)]));
  const named = [...values].map(([name, value]) => `${value} AS ${quoteIdentifier(name)}`).join(', ');
  const sort = plan.sort.map((name) => values.get(name)).join(', ');
  return [
    `CREATE VIEW content AS SELECT ${named} FROM staged`,
    `CREATE VIEW snapshot AS SELECT ${named} FROM staged${sort === '' ? '' : ` ORDER BY ${sort}`}`,
  ];
}

/** Opens the staging database; rows come by {@link stageStatement}, then {@link settleStaging}. */
export async function openStaging(
  directory: string,
  plan: ExportPlan,
  memoryLimitMB = DEFAULT_MEMORY_LIMIT_MB,
): Promise<Staging> {
  const engine = await openEngine({
    file: join(directory, 'staging.duckdb'),
    spillDirectory: join(directory, 'spill'),
    memoryLimitMB: memoryLimitMB + Math.max(0, plan.columns.length - 100) * MB_PER_COLUMN,
  });
  return stagingOf(engine, plan, directory, []);
}

function stagingOf(
  engine: Engine,
  plan: ExportPlan,
  directory: string,
  substitutions: readonly Substitution[],
): Staging {
  return {
    engine,
    plan,
    substitutions,
    directory,
    relation: (rows) => ({
      engine,
      name: 'snapshot',
      columns: plan.columns,
      rows,
      batches: (batchRows) => textBatches(engine, plan.columns, batchRows),
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
  const { engine, plan, directory } = staging;
  return stagingOf(engine, await findDimensions(engine, plan, before), directory, []);
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
  for (const statement of views(plan)) await engine.run(statement);
  return stagingOf(engine, plan, staging.directory, substitutions);
}

async function* streamed(engine: Engine, sql: string): AsyncGenerator<readonly (readonly unknown[])[]> {
  try {
    yield* (await engine.connection.stream(sql)).yieldRows();
  } catch (error) {
    throw engineError(error);
  }
}

async function* textBatches(
  engine: Engine,
  columns: readonly ColumnPlan[],
  batchRows: number,
): AsyncGenerator<(string | null)[][]> {
  const texts = columns.map((column) => textExpression(column, quoteIdentifier(column.name))).join(', ');
  let batch: (string | null)[][] = [];
  for await (const rows of streamed(engine, `SELECT ${texts} FROM snapshot`)) {
    for (const row of rows) {
      batch.push(row as (string | null)[]);
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
