import type { Column } from '@snapkeep/sdk';

/** A column as conditions need to know it. */
export interface CheckedColumn extends Column {
  /** Name of the type under all domains, in pg_catalog. */
  readonly base: string;
  /** Whether texts are equal only where their characters are: the collation is deterministic. */
  readonly exact: boolean;
}
