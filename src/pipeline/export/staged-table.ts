import type { ColumnPlan, ExportPlan } from '@snapkeep/sdk';
import { isStagedWithoutNulls, type StagedNulls } from '../../engine/column-plan.ts';
import type { Engine } from '../../engine/engine.ts';
import { ROW_GROUP_ROWS, rowGroupOfBytes } from './row-group-size.ts';
import { averageRow, stagedNulls } from './row-width.ts';
import { noRowsStatement, type StagedPlan } from './stage-sql.ts';

/**
 * How DuckDB keeps a column's values, where not as the engine is told for all (ZSTD). Texts are read more often than their space is
 * worth: ids are barely compressed by anything, and a few labels are kept once. What may be NULL as it waits stays compressed (null-texts.ts).
 */
function compressionOf(column: ColumnPlan, nulls: StagedNulls): 'dict_fsst' | 'uncompressed' | undefined {
  if (column.type.kind === 'enum') return 'dict_fsst';
  return isStagedWithoutNulls(column, nulls) ? 'uncompressed' : undefined;
}

/** Bytes of a row group of the staging table, as the server holds its rows. */
const STAGED_BYTES = 32_000_000;
/** Of so many columns at most: two transactions of more don't fit into memory, however few rows a row group has. */
const MOST_COLUMNS = 128;
/** Of more columns than these a transaction fills half blocks, one for each and one for its NULLs. */
const COLUMNS_OF_WHOLE_BLOCKS = 32;
/** DuckDB's own default. */
const BLOCK_BYTES = 262_144;

/**
 * Rows of a row group of the staging table: what is not a whole one goes by DuckDB's log and is written again, by one thread. By what the
 * server says of the table; where it says nothing, DuckDB's own number.
 */
export function stagedRowGroup(relation: ExportPlan['relation']): number {
  const perRow = averageRow(relation);
  if (perRow === undefined || relation.columns.length > MOST_COLUMNS) return ROW_GROUP_ROWS;
  return rowGroupOfBytes(STAGED_BYTES, perRow);
}

/** Bytes of a block of the staging file. */
export function stagedBlock({ columns }: ExportPlan['relation']): number {
  return columns.length > COLUMNS_OF_WHOLE_BLOCKS ? BLOCK_BYTES / 2 : BLOCK_BYTES;
}

interface DescribedColumn {
  readonly name: string;
  readonly definition: string;
}

async function stagedColumns(engine: Engine, plan: StagedPlan): Promise<DescribedColumn[]> {
  const compressions = new Map(
    plan.columns.map((column, index) => [`v${index}`, compressionOf(column, stagedNulls(plan, column))]),
  );
  return (await engine.rows(`DESCRIBE ${noRowsStatement(plan)}`)).map((described) => {
    const name = String(described.column_name);
    const compression = compressions.get(name);
    const using = compression === undefined ? '' : ` USING COMPRESSION ${compression}`;
    return { name, definition: `${name} ${String(described.column_type)}${using}` };
  });
}

async function createTable(engine: Engine, name: string, columns: readonly DescribedColumn[]): Promise<void> {
  await engine.run(`CREATE TABLE ${name} (${columns.map(({ definition }) => definition).join(', ')})`);
}

/** The table in which the rows wait, `staged`, without a row. */
export async function createStagedTable(engine: Engine, plan: StagedPlan): Promise<void> {
  await createTable(engine, 'staged', await stagedColumns(engine, plan));
}

/** Another table of the same values, without what else is known of a row but what marks an empty place (padding.ts). */
export async function createValuesTable(engine: Engine, plan: StagedPlan, name: string): Promise<void> {
  const columns = await stagedColumns(engine, plan);
  await createTable(
    engine,
    name,
    columns.filter(
      ({ name: column }) => column === 'refused' || plan.columns.some((_, index) => column === `v${index}`),
    ),
  );
}
