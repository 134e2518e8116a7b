import { quoteLiteral, type TimeWindow } from '@snapkeep/sdk';
import { sideColumn } from './side.ts';

/** The later beginning and the earlier end, where two windows differ; `null` where there is nothing to cut. */
export function overlap(a: TimeWindow | null, b: TimeWindow | null): TimeWindow | null {
  const column = a?.column ?? b?.column;
  if (column === undefined || (a && b && a.column !== b.column)) return null;
  if (a?.from === b?.from && a?.to === b?.to) return null;
  const bounds = (pick: 'from' | 'to') => [a?.[pick], b?.[pick]].filter((bound) => typeof bound === 'string');
  const byTime = (x: string, y: string) => Date.parse(x) - Date.parse(y);
  return { column, from: bounds('from').sort(byTime).at(-1) ?? null, to: bounds('to').sort(byTime)[0] ?? null };
}

/** Conditions of SQL that hold inside of the window. */
export function windowConditions(window: TimeWindow | null): string[] {
  if (window === null) return [];
  // The column may be kept as text.
  const column = `TRY_CAST(${sideColumn(window.column)} AS TIMESTAMPTZ)`;
  return [
    ...(window.from === null ? [] : [`${column} >= ${quoteLiteral(window.from)}`]),
    ...(window.to === null ? [] : [`${column} < ${quoteLiteral(window.to)}`]),
  ];
}
