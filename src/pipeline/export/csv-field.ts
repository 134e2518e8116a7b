/**
 * What encloses a value. Not `"`: DuckDB 1.5 keeps every value in which a quote had to be doubled in memory until the
 * last row was read, 100 MB for a million JSON documents. This control character stands in next to no text.
 */
export const QUOTE = '\u0001';

/** Of a row as CSV, with its commas and its newline; two columns at least. */
export function csvBytes(texts: readonly (string | null)[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(csvField(text)) + 1, 0);
}

/** NULL is nothing, every value is quoted: the two can't be confused, whatever the value holds. */
export function csvField(value: string | null): string {
  if (value === null) return '';
  return value.includes(QUOTE)
    ? `${QUOTE}${value.replaceAll(QUOTE, QUOTE + QUOTE)}${QUOTE}`
    : `${QUOTE}${value}${QUOTE}`;
}
