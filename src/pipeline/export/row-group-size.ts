/** DuckDB's vectors: no row group has fewer rows, and what ends with one leaves no gap before the next (key-order.ts). */
export const VECTOR_ROWS = 2_048;
/** DuckDB's own default, and what its readers are tuned for. */
export const ROW_GROUP_ROWS = 122_880;
/** Values of a row group: where there are more columns than 32 it has fewer rows. */
const MOST_VALUES = 32 * ROW_GROUP_ROWS;

function wholeVectors(rows: number): number {
  return Math.min(ROW_GROUP_ROWS, Math.max(1, Math.floor(rows / VECTOR_ROWS)) * VECTOR_ROWS);
}

/** Rows of a row group of the file as far as the columns decide it: a writer holds all their values in memory. */
export function rowGroupOfColumns(columns: number): number {
  return wholeVectors(MOST_VALUES / Math.max(1, columns));
}

/**
 * Rows of a row group of so many bytes at most, by powers of two, so that a table whose rows grow a little comes to the same number again.
 * @param perRow - bytes of a row, on average
 */
export function rowGroupOfBytes(most: number, perRow: number): number {
  const rows = most / Math.max(1, perRow);
  return rows >= ROW_GROUP_ROWS ? ROW_GROUP_ROWS : wholeVectors(2 ** Math.floor(Math.log2(rows)));
}

/** Bytes of a row of which a thread holds so many at a time, in each of its vectors, that there is no room for much beside it. */
const LONG_ROW = 4_096;

/** @param characters - of all rows as they were staged, bytes */
export function areLong({ rows, characters }: { readonly rows: number; readonly characters: number }): boolean {
  return characters > rows * LONG_ROW;
}

/**
 * Bytes of a vector of a table of ours: DuckDB holds a vector several times over, however long its rows are. Where 2,048 rows would be more a vector has fewer
 * rows, and its other places stay empty (padding.ts).
 */
export const VECTOR_BYTES = 24_000_000;

/** Rows of which a vector must not be full. @param characters - of all rows as they were staged, bytes */
export function areVeryLong({ rows, characters }: { readonly rows: number; readonly characters: number }): boolean {
  return characters * VECTOR_ROWS > rows * VECTOR_BYTES;
}

/** Rows of a row group of rows that {@link areVeryLong}: so many as a vector has. @param perRow - bytes of a row, on average */
export function rowGroupOfVeryLong(perRow: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(VECTOR_BYTES / perRow)));
}
