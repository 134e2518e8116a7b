import {
  type Column,
  type ColumnPlan,
  heldType,
  type InexactPolicy,
  inexactPolicyText,
  parseInexactPolicy,
  SnapkeepError,
} from '@snapkeep/sdk';
import { refuseSameFields } from './names.ts';
import { stagedText } from './nested-staging.ts';
import { textOf } from './text-form.ts';
import { typePlan } from './type-plan.ts';
import type { ValuePlan } from './value-plan.ts';

const REFUSE: InexactPolicy = { kind: 'refuse' };

/** Fixes what becomes of one column under a policy that its type takes. @throws SNAPKEEP_COLUMN_REFUSED */
export function planColumn(
  column: Column & Pick<ColumnPlan, 'sourceName'>,
  policy: InexactPolicy = REFUSE,
): ColumnPlan {
  const { fileType, parquetType, fidelity, held } = typePlan(column.type, policy);
  refuseSameFields(held, column.name);
  return {
    ...column,
    fileType,
    parquetType,
    ...(JSON.stringify(held) === JSON.stringify(column.type) ? {} : { held }),
    fidelity,
    onInexact: inexactPolicyText(policy),
  };
}

function planOf({ type, onInexact }: Pick<ColumnPlan, 'type' | 'onInexact'>): ValuePlan {
  const policy = parseInexactPolicy(onInexact);
  if (!policy) throw new SnapkeepError('SNAPKEEP_INTERNAL', `${onInexact} is no policy`);
  return typePlan(type, policy);
}

/** What is staged for a text of this column, where it isn't the text itself. */
export function stagedForm(column: ColumnPlan): ((text: string) => string) | undefined {
  return stagedText(heldType(column));
}

/** SQL: a column's staged text → its value. */
export function valueExpression(column: ColumnPlan, text: string): string {
  return planOf(column).value(text);
}

/** SQL: true where the text is there and nothing may be published; `undefined` where that can't be. */
export function refusedExpression(column: ColumnPlan, text: string, value: string): string | undefined {
  return planOf(column).refused?.(text, value);
}

/** SQL: true where the policy put something else in the place of the text; `undefined` where it can't. */
export function substitutedExpression(column: ColumnPlan, text: string, value: string): string | undefined {
  return planOf(column).substituted?.(text, value);
}

/** SQL: a value of the file → its text in the form of what the file holds, for writers that take text. */
export function textExpression(column: Pick<ColumnPlan, 'type' | 'held'>, value: string): string {
  return textOf(heldType(column), value);
}
