/** Quotes an identifier for PostgreSQL and for DuckDB, both of which double the quote. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a text as a SQL literal (standard_conforming_strings). */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * Makes a text from data or from a server safe for a terminal: control characters, line breaks and
 * bidirectional overrides become `\u{…}` escapes (https://trojansource.codes/).
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

const HALF_A_CHARACTER = /[\ud800-\udbff]$/;

/** Escaped and cut to `limit` characters, for messages. */
export function shorten(text: string, limit = 80): string {
  const escaped = escapeControls(text);
  if (escaped.length <= limit) return escaped;
  return `${escaped.slice(0, limit - 1).replace(HALF_A_CHARACTER, '')}…`;
}
