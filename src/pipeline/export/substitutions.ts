import type { ColumnPlan, ExportPlan, Substitution } from '@snapkeep/sdk';
import { isMarked, otherDimensions } from '../../engine/column-plan.ts';
import type { Engine } from '../../engine/engine.ts';
import { firstRows } from './key-rows.ts';

const KEYS_SHOWN = 5;

/** SQL over the staged rows: true where a policy replaced this column's value; `undefined` where none can. */
function replaced(column: ColumnPlan, index: number): string | undefined {
  if (!isMarked(column)) return undefined;
  const other = column.onInexact === 'null' ? otherDimensions(column, index) : undefined;
  return other === undefined ? `s${index}` : `(s${index} OR ${other})`;
}

/** What the policies replaced in the staged rows, in the order of the columns. */
export async function findSubstitutions(engine: Engine, plan: ExportPlan): Promise<Substitution[]> {
  const marked = plan.columns.flatMap((column, index) => {
    const condition = replaced(column, index);
    return condition === undefined ? [] : [{ column, index, condition }];
  });
  if (marked.length === 0) return [];
  const counts = await engine.row(
    `SELECT ${marked.map(({ index, condition }) => `count(*) FILTER (${condition}) AS n${index}`).join(', ')} FROM staged`,
  );
  const found: Substitution[] = [];
  for (const { column, index, condition } of marked) {
    const values = Number(counts[`n${index}`]);
    if (values === 0) continue;
    const first = plan.key.length === 0 ? [] : await firstRows({ engine, plan }, condition, KEYS_SHOWN);
    const firstKeys = first.map(({ key }) => key);
    found.push({ column: column.name, policy: column.onInexact, values, firstKeys });
  }
  return found;
}

/** The plan as it was carried out: what was replaced is no longer exact or annotated. */
export function withSubstitutions(plan: ExportPlan, substitutions: readonly Substitution[]): ExportPlan {
  const replaced = new Set(substitutions.map(({ column }) => column));
  const columns = plan.columns.map((column) =>
    replaced.has(column.name) ? { ...column, fidelity: 'substituted' as const } : column,
  );
  return { ...plan, columns };
}
