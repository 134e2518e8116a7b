import type { ExportPlan, Manifest } from '@snapkeep/sdk';
import { ROW_GROUP_ROWS } from './request.ts';
import { type Staging, withRowGroups } from './staging.ts';

/** DuckDB's vectors: no row group has fewer rows. */
const VECTOR_ROWS = 2_048;
/** Values of a row group: where there are more columns than 32 it has fewer rows. */
const MOST_VALUES = 32 * ROW_GROUP_ROWS;
/** Bytes of a row group as CSV: where a row has more than 325 it has fewer rows. */
const MOST_BYTES = 40_000_000;

function wholeVectors(rows: number): number {
  return Math.min(ROW_GROUP_ROWS, Math.max(1, Math.floor(rows / VECTOR_ROWS)) * VECTOR_ROWS);
}

/** Rows of a row group of the file as far as the columns decide it: a writer holds all their values in memory. */
export function rowGroupOfColumns(columns: number): number {
  return wholeVectors(MOST_VALUES / Math.max(1, columns));
}

/** The same by powers of two, so that a table whose rows grow a little comes to the same number again. */
function rowGroupOfBytes(perRow: number): number {
  const rows = MOST_BYTES / Math.max(1, perRow);
  return rows >= ROW_GROUP_ROWS ? ROW_GROUP_ROWS : wholeVectors(2 ** Math.floor(Math.log2(rows)));
}

/** What a newer file has in common with an older one, where they are cut in parts: with other row groups none would be the same. */
function keptRowGroup({ output }: ExportPlan, newest: Manifest | undefined): number | undefined {
  const older = newest?.plan.output;
  return output.parts && older?.parts ? older.rowGroupRows : undefined;
}

/**
 * The staging with row groups that fit into memory, by how long its rows are.
 * @param rows - those that are staged
 * @param characters - what they took as CSV, bytes
 */
export function fitRowGroups(
  staging: Staging,
  { rows, characters, newest }: { rows: number; characters: number; newest: Manifest | undefined },
): Staging {
  const { plan } = staging;
  const fitting = Math.min(plan.output.rowGroupRows, rowGroupOfBytes(characters / Math.max(1, rows)));
  const kept = keptRowGroup(plan, newest);
  return withRowGroups(staging, kept !== undefined && kept <= 2 * fitting ? kept : fitting);
}
