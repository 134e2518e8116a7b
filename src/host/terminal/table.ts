import { escapeControls } from '@snapkeep/sdk';
import { displayWidth } from './width.ts';

/** One column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Numbers go right. Absent: right where every cell is a number or looks like one. */
  readonly align?: 'left' | 'right';
  /** Cut before all columns without it, for what a reader can miss: extremes, free text. */
  readonly shrink?: boolean;
}

export type TableCell = string | number | bigint | boolean | null | undefined;

const NUMERIC = /^[-+]?[\d,]+(?:\.\d+)?(?:e[-+]?\d+)?$/i;
const MIN_COLUMN_WIDTH = 6;
const GAP = '  ';

function textOf(cell: TableCell): string {
  return cell === null || cell === undefined ? '' : escapeControls(String(cell));
}

/** Narrows the widest columns until the table fits, those that may shrink first; nothing where it fits anyhow. */
function narrow(widths: readonly number[], columns: readonly TableColumn[], available: number): number[] | undefined {
  const fitted = [...widths];
  const gaps = GAP.length * (widths.length - 1);
  let excess = fitted.reduce((sum, width) => sum + width, gaps) - available;
  if (excess <= 0) return undefined;
  for (const first of [true, false]) {
    const indexes = columns.flatMap(({ shrink = false }, index) => (shrink === first ? [index] : []));
    while (excess > 0) {
      const widest = indexes.reduce((a, b) => ((fitted[b] ?? 0) > (fitted[a] ?? 0) ? b : a), indexes[0] ?? -1);
      const width = fitted[widest] ?? 0;
      if (width <= MIN_COLUMN_WIDTH) break;
      fitted[widest] = width - 1;
      excess -= 1;
    }
  }
  return fitted;
}

/**
 * A table without lines, its cells escaped, numbers to the right, cut to the width of the terminal.
 * @param width - characters available; absent or 0, as some terminals say: as wide as it becomes
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  width?: number,
): string {
  const head = columns.map(({ title }) => escapeControls(title));
  const cells = rows.map((row) => columns.map((_, index) => textOf(row[index])));
  const aligns = columns.map(
    ({ align }, index) =>
      align ??
      (cells.length > 0 && cells.every((row) => row[index] === '' || NUMERIC.test(row[index] ?? ''))
        ? 'right'
        : 'left'),
  );
  const widths = head.map((title, index) =>
    cells.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? '')), displayWidth(title)),
  );
  const fitted = (width ? narrow(widths, columns, width) : undefined) ?? widths;
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) => padded(text, fitted[index] ?? 0, aligns[index] ?? 'left'))
      .join(GAP)
      .trimEnd();
  return [head, ...cells].map(line).join('\n');
}

function padded(text: string, width: number, align: 'left' | 'right'): string {
  const missing = width - displayWidth(text);
  if (missing < 0) return padded(cut(text, width), width, align);
  const space = ' '.repeat(missing);
  return align === 'right' ? `${space}${text}` : `${text}${space}`;
}

/** As many characters as fit, and `…`. */
function cut(text: string, width: number): string {
  let kept = '';
  for (const character of text) {
    if (displayWidth(`${kept}${character}…`) > width) break;
    kept += character;
  }
  return `${kept}…`;
}
