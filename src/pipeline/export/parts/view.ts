import { quoteIdentifier, type StagedRelation } from '@snapkeep/sdk';
import type { Staging } from '../staging.ts';

/** A part's rows, as SQL says which they are. */
export interface PartFacts {
  readonly range: string;
  readonly rows: number;
}

/** One file that is going to be. */
export interface Part extends PartFacts {
  /** In the order of the key, from 0. */
  readonly number: number;
  /** Of its rows alone. */
  readonly contentHash: string;
}

/**
 * The rows of one part, in order. They are always sorted, also where they lie in order: only then the writer sees the same
 * vectors, wherever in the table the part begins.
 * @param from - `content`, or a table with the same columns
 */
export async function partView(
  { engine, plan, relation }: Staging,
  { range, rows }: PartFacts,
  from = 'content',
): Promise<StagedRelation> {
  const order = plan.key.map(quoteIdentifier).join(', ');
  await engine.run(`CREATE OR REPLACE TEMP VIEW part AS SELECT * FROM ${from} WHERE ${range} ORDER BY ${order}`);
  return relation(rows, 'part');
}
