import type { ExportPlan, Scan } from '@snapkeep/sdk';
import { windowFilters } from '../time-window.ts';

/** What the source is asked for: the rows inside the window that hold to the filters, at most `limit`. */
export function scanOf({ window, columns, filters, limit }: ExportPlan): Scan {
  return {
    relation: 0,
    filters: [...windowFilters(window, columns), ...filters],
    ...(limit === null ? {} : { limit }),
  };
}
