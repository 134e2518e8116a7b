import { formatBytes, formatCount, formatNumber } from './format.ts';

export type ProgressUnit = 'rows' | 'files' | 'bytes' | 'steps';

/** How far a job is; all totals so far. */
export interface ProgressState {
  readonly unit: ProgressUnit;
  readonly total: number | undefined;
  readonly done: number;
  readonly bytes: number | undefined;
  readonly elapsedMs: number;
}

/** `1,200,000 of 2,000,000 rows, 240,000 rows/s, 24.0 MB`. */
export function progressText(state: ProgressState): string {
  const amount = state.unit === 'bytes' ? formatBytes : formatNumber;
  const perSecond = state.elapsedMs > 0 ? (state.done * 1000) / state.elapsedMs : 0;
  const of = state.total === undefined ? '' : ` of ${amount(state.total)}`;
  const unit = state.unit === 'bytes' ? '' : ` ${state.unit}`;
  const parts = [
    of === '' && state.unit !== 'bytes' ? formatCount(state.done, state.unit) : `${amount(state.done)}${of}${unit}`,
  ];
  if (state.unit !== 'files' && state.unit !== 'steps') parts.push(`${amount(Math.round(perSecond))}${unit}/s`);
  if (state.bytes !== undefined) parts.push(formatBytes(state.bytes));
  return parts.join(', ');
}
