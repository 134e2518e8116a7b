import type { ColumnPlan, ExportPlan, Substitution } from '@snapkeep/sdk';
import { substitutedExpression } from '../../engine/column-plan.ts';
import type { Engine } from '../../engine/engine.ts';
import { firstRows } from './key-rows.ts';

const KEYS_SHOWN = 5;

/** Whether the staged rows say for this column which values a policy replaced, in `s0 … sN`. */
function isMarked(column: ColumnPlan): boolean {
  return substitutedExpression(column, '', '') !== undefined;
}

async function substitutionOf(engine: Engine, plan: ExportPlan, index: number, values: number): Promise<Substitution> {
  const { name, onInexact } = plan.columns[index] as ColumnPlan;
  const first = plan.key.length === 0 ? [] : await firstRows({ engine, plan }, `s${index}`, KEYS_SHOWN);
  return { column: name, policy: onInexact, values, firstKeys: first.map(({ key }) => key) };
}

/** What the policies replaced in the staged rows, in the order of the columns. */
export async function findSubstitutions(engine: Engine, plan: ExportPlan): Promise<Substitution[]> {
  const marked = plan.columns.flatMap((column, index) => (isMarked(column) ? [index] : []));
  if (marked.length === 0) return [];
  const counts = await engine.row(
    `SELECT ${marked.map((index) => `count(*) FILTER (s${index}) AS n${index}`).join(', ')} FROM staged`,
  );
  const found: Substitution[] = [];
  for (const index of marked) {
    const values = Number(counts[`n${index}`]);
    if (values > 0) found.push(await substitutionOf(engine, plan, index, values));
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
