import { stringify } from 'csv-stringify/sync';

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/** A formula runs what follows such a beginning; a number does nothing. */
function runsInSpreadsheet(cell: string): boolean {
  return /^[=+\-@\t\r]/.test(cell) && !NUMBER.test(cell);
}

/**
 * CSV for people: RFC 4180 quoting, and cells that a spreadsheet would run as a formula get an apostrophe
 * in front (https://owasp.org/www-community/attacks/CSV_Injection). NULL is empty, an empty text is `""`.
 */
export function csvText(rows: readonly (readonly (string | null)[])[]): string {
  return stringify(
    rows.map((row) => row.map((cell) => (cell !== null && runsInSpreadsheet(cell) ? `'${cell}` : cell))),
    { quoted_match: /^$/ },
  );
}
