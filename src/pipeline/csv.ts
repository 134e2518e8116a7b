import { stringify } from 'csv-stringify/sync';

/**
 * CSV for people: RFC 4180 quoting, and cells that a spreadsheet would run as a formula get an apostrophe
 * in front (https://owasp.org/www-community/attacks/CSV_Injection). NULL is empty, an empty text is `""`.
 */
export function csvText(rows: readonly (readonly (string | null)[])[]): string {
  return stringify(
    rows.map((row) => row.map((cell) => (cell !== null && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))),
    { quoted_match: /^$/ },
  );
}
