import type { Relation, SourceCheck } from '@snapkeep/sdk';

/** A relation as something describes it: a catalog, a Prisma model, a Parquet file. */
export interface DescribedRelation {
  readonly relation: Relation;
  readonly checks: readonly SourceCheck[];
  /** Whether the table may have columns that the description leaves out. */
  readonly mayHaveMore: boolean;
}

/** Rows of server text, as a source gives them; columns in the relation's order. */
export type TextRows = AsyncIterable<readonly (readonly (string | null)[])[]>;
