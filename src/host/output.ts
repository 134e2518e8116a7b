import { escapeControls } from '@snapkeep/sdk';
import type { Ansis } from 'ansis';
import { colourOf } from './terminal/colour.ts';
import { writeStderr } from './terminal/stderr.ts';
import { renderTable, type TableCell, type TableColumn } from './terminal/table.ts';

export { formatBytes, formatCount, formatDuration, formatNumber } from './terminal/format.ts';
export type { TableCell, TableColumn };

/** Where a command's `print` writes: data on stdout, everything else on stderr. */
export interface Output {
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** The colours of stdout; they do nothing where it isn't a terminal. */
  readonly colour: Ansis;
  /** One line on stdout. Text that comes from data goes through {@link Output.safe} first. */
  line(text?: string): void;
  /** A table on stdout, its cells escaped, cut to the width of a terminal. Nothing where there are no columns. */
  table(columns: readonly (TableColumn | string)[], rows: readonly (readonly TableCell[])[]): void;
  /** Bytes or text on stdout as they are, e.g. CSV. Resolves when the reader has taken them. */
  raw(chunk: string | Uint8Array): Promise<void>;
  /** One line on stderr, not with `-q`. */
  note(text: string): void;
  /** Text from data or from a server, made safe for a terminal. */
  safe(text: string): string;
}

export function createOutput(options: { readonly quiet: boolean }): Output {
  const { stdout } = process;
  return {
    isTerminal: stdout.isTTY === true,
    get colour() {
      return colourOf(stdout);
    },
    line: (text = '') => void stdout.write(`${text}\n`),
    table(columns, rows) {
      if (columns.length === 0) return;
      const described = columns.map((column) => (typeof column === 'string' ? { title: column } : column));
      stdout.write(`${renderTable(described, rows, stdout.isTTY ? stdout.columns : undefined)}\n`);
    },
    raw: (chunk) =>
      new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      }),
    note(text) {
      if (!options.quiet) writeStderr(text);
    },
    safe: escapeControls,
  };
}
