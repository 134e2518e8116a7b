import type { ColumnPlan, ExportPlan, Filter, Scan, ScanFilter } from '@snapkeep/sdk';
import { windowFilters } from '../time-window.ts';

/** The filter as the source knows its column: by the name that it had there, and by its place among those of that name. */
function sourceFilter(filter: Filter, columns: readonly ColumnPlan[]): ScanFilter {
  const index = columns.findIndex(({ name }) => name === filter.column);
  const sources = columns.map(({ name, sourceName }) => sourceName ?? name);
  const column = sources[index] ?? filter.column;
  if (sources.indexOf(column) === sources.lastIndexOf(column)) return { ...filter, column };
  return { ...filter, column, occurrence: sources.slice(0, index).filter((name) => name === column).length };
}

/** What the source is asked for: the rows inside the window that hold to the filters, at most `limit`. */
export function scanOf({ window, columns, filters, limit }: ExportPlan): Scan {
  return {
    relation: 0,
    filters: [...windowFilters(window, columns), ...filters].map((filter) => sourceFilter(filter, columns)),
    ...(limit === null ? {} : { limit }),
  };
}
