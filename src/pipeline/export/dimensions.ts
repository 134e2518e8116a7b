import { type ColumnPlan, type ExportPlan, heldType, type Manifest } from '@snapkeep/sdk';
import { settleColumn } from '../../engine/column-plan.ts';
import type { Engine } from '../../engine/engine.ts';
import { dimensionsOf, MAX_DIMENSIONS, partsAt } from '../../engine/layout.ts';
import { changeType, listsOf, type TypePath } from '../../engine/type-paths.ts';

/** Lists measured in one statement. */
const LISTS_PER_PASS = 64;
const NUMBERS = Array.from({ length: MAX_DIMENSIONS }, (_, index) => index + 1);

/** All lists that stand at one place of one column. */
interface Lists {
  readonly index: number;
  readonly path: TypePath;
  /** What the source declared. */
  readonly declared: number;
}

/** SQL: how many of the lists have so many dimensions. */
function countOf(column: ColumnPlan, { index, path }: Lists, dimensions: number): string {
  const parts = partsAt(heldType(column), `v${index}`, path);
  if (!parts) return '0';
  if (!parts.many) return `count(*) FILTER (${dimensionsOf(parts.sql)} = ${dimensions})`;
  return `coalesce(sum(len(list_filter(${parts.sql}, lambda one: ${dimensionsOf('one')} = ${dimensions}))), 0)`;
}

async function measure(engine: Engine, { columns }: ExportPlan, lists: readonly Lists[]): Promise<number[][]> {
  const counts = lists.flatMap((one, position) => {
    const column = columns[one.index];
    return column ? NUMBERS.map((number) => `${countOf(column, one, number)} AS n${position}_${number}`) : [];
  });
  const row = await engine.row(`SELECT ${counts.join(', ')} FROM staged`);
  return lists.map((_, position) => NUMBERS.map((number) => Number(row[`n${position}_${number}`])));
}

/** Those of the last version where any list has them, else those of most lists; without any list nothing changes. */
function chosen({ declared }: Lists, counts: readonly number[], before: number | undefined): number {
  const most = Math.max(...counts);
  if (most === 0) return before ?? declared;
  if (before !== undefined && (counts[before - 1] ?? 0) > 0) return before;
  return counts.indexOf(most) + 1;
}

/**
 * Gives every list as many dimensions as the arrays in the rows have: PostgreSQL's types don't say. Lists of another
 * number than the others' are for the column's policy.
 */
export async function findDimensions(
  engine: Engine,
  plan: ExportPlan,
  before: Manifest | undefined,
): Promise<ExportPlan> {
  const lists = plan.columns.flatMap((column, index) =>
    [...listsOf(heldType(column))].map(([path, declared]): Lists => ({ index, path, declared })),
  );
  if (lists.length === 0) return plan;
  const columns = [...plan.columns];
  for (let from = 0; from < lists.length; from += LISTS_PER_PASS) {
    const pass = lists.slice(from, from + LISTS_PER_PASS);
    const counts = await measure(engine, plan, pass);
    for (const [position, one] of pass.entries()) {
      const column = columns[one.index];
      const known = before?.plan.columns.find(({ name }) => name === column?.name);
      if (!column) continue;
      const dimensions = chosen(one, counts[position] ?? [], known && listsOf(heldType(known)).get(one.path));
      const change = (now: number, path: TypePath) => (path === one.path ? dimensions : now);
      if (dimensions !== one.declared)
        columns[one.index] = settleColumn(column, changeType(heldType(column), { dimensions: change }));
    }
  }
  return { ...plan, columns };
}
