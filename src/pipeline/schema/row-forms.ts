/**
 * Where a row comes from: `json`, the form that a validator sees; `query`, a row of `query --json` as an object of
 * its columns; `duckdb`, what `getRowObjects()` of DuckDB's Node API gives.
 */
export const ROW_FORMS = ['json', 'query', 'duckdb'] as const;
export type RowForm = (typeof ROW_FORMS)[number];
