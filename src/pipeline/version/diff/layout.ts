import { quoteIdentifier } from '@snapkeep/sdk';

/** What became of a row. */
export const DIFF_KINDS = ['added', 'removed', 'changed'] as const;
export type DiffKind = (typeof DIFF_KINDS)[number];

/**
 * The columns of a table of differences: `kind`, `copies`, `changed`, then the key, then the row as it was and as it
 * is. Their prefixes keep them apart from each other whatever the dataset's own columns are called.
 * docs/formats.md is the definition.
 */
export const keyColumn = (name: string) => `key_${name}`;
export const oldColumn = (name: string) => `old_${name}`;
export const newColumn = (name: string) => `new_${name}`;

/** One column of the table of differences: `value` is SQL. */
export function named(value: string, column: string): string {
  return `${value} AS ${quoteIdentifier(column)}`;
}
