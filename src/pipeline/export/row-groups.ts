import type { ExportPlan, Manifest } from '@snapkeep/sdk';
import { areVeryLong, rowGroupOfBytes, rowGroupOfVeryLong } from './row-group-size.ts';
import { type Staging, withRowGroups } from './staging.ts';

/** Bytes of a row group as CSV: where a row has more than 325 it has fewer rows. */
const MOST_BYTES = 40_000_000;

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
  const perRow = characters / Math.max(1, rows);
  const bySize = areVeryLong({ rows, characters }) ? rowGroupOfVeryLong(perRow) : rowGroupOfBytes(MOST_BYTES, perRow);
  const fitting = Math.min(plan.output.rowGroupRows, bySize);
  const kept = keptRowGroup(plan, newest);
  return withRowGroups(staging, kept !== undefined && kept <= 2 * fitting ? kept : fitting);
}
