import assert from 'node:assert/strict';
import type { Connection, Filter, RelationRequest, Source, SourceSession, TextBatch } from '../source.ts';
import type { TestContext } from './context.ts';

/** A relation whose rows are known. */
export interface KnownRelation {
  readonly request: RelationRequest;
  /** Names of the columns in order. */
  readonly columns: readonly string[];
  /** Names of the primary key's columns; empty where there is none. */
  readonly key: readonly string[];
  /** All rows as server text, in any order: at least five, with a NULL among them. */
  readonly rows: TextBatch;
}

export interface SourceConformance {
  readonly source: Source;
  readonly connection: Connection;
  readonly known: KnownRelation;
  /** Another relation of the same server; the same one twice where absent. */
  readonly other?: KnownRelation;
  /** A filter on `known` and the rows that pass it: some, not all. */
  readonly filtered?: { readonly filters: readonly Filter[]; readonly rows: TextBatch };
  /** Changes the rows of `known` at the server: a session that was opened before must not see it. Undone by the caller. */
  readonly change?: () => Promise<void>;
  /** A secret in `connection`, which no message may show. */
  readonly secret?: string;
  /** Where the source needs a project folder, settings or environment. */
  readonly context?: Partial<Pick<TestContext, 'root' | 'env' | 'settings'>>;
}

/** What the tests of a source share. */
export interface SourceBench extends SourceConformance {
  readonly newContext: (signal?: AbortSignal) => TestContext;
  /** Opens a session, closes it whatever happens. */
  readonly within: (
    requests: readonly RelationRequest[],
    work: (session: SourceSession, context: TestContext) => Promise<void>,
  ) => Promise<void>;
}

/** All rows of a scan, each checked to be what a batch holds. */
export async function readAll(
  batches: AsyncIterable<TextBatch>,
  batchRows: number,
  columns: number,
): Promise<TextBatch> {
  const rows: (readonly (string | null)[])[] = [];
  for await (const batch of batches) {
    assert.ok(Array.isArray(batch), 'a batch is an array');
    assert.ok(
      batch.length > 0 && batch.length <= batchRows,
      `a batch of ${batch.length} rows, where 1 to ${batchRows} may be`,
    );
    for (const row of batch) {
      assert.ok(Array.isArray(row), 'a row is an array');
      assert.equal(row.length, columns, 'a row has one value for each column');
      for (const value of row) assert.ok(value === null || typeof value === 'string', 'a value is a text or null');
    }
    rows.push(...batch);
  }
  return rows;
}

/** The order of rows is not promised. */
export function inAnyOrder(rows: TextBatch): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}
