import type { Violation } from '@snapkeep/sdk';
import { shownText } from '../invalid/rows-invalid.ts';
import { ruleText } from '../invalid/shown.ts';
import type { ShownViolation } from './rows.ts';

interface LabelledRow {
  readonly key: Readonly<Record<string, string | null>>;
}

/** `order_id=7`; `#3` where the dataset has no key. @param index - among the rows shown, from 0 */
export function rowLabel({ key }: LabelledRow, index: number): string {
  const parts = Object.entries(key).map(([column, text]) => `${column}=${text ?? 'NULL'}`);
  return parts.length > 0 ? parts.join(' ') : `#${index + 1}`;
}

/** `details/lines/*` and what must hold, apart. */
function placeOf(violation: Violation): string {
  const text = ruleText({ ...violation, message: '' });
  return text.trim();
}

/** One line for each reason: the row's name, the place, the rule, the value. The name stands once. */
export function violationRows(
  row: LabelledRow & { readonly violations: readonly ShownViolation[] },
  index: number,
): string[][] {
  return row.violations.map((violation, position) => [
    position === 0 ? rowLabel(row, index) : '',
    placeOf(violation),
    violation.message.replace(/^must /, ''),
    shownText(violation.value),
  ]);
}
