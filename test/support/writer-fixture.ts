import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { type Column, quoteIdentifier } from '@snapkeep/sdk';
import type { WriterFixture } from '@snapkeep/sdk/conformance';
import { textExpression } from '../../src/engine/column-plan.ts';
import { openEngine, readParquet } from '../../src/engine/engine.ts';
import { stage, type TextRow } from './staged.ts';

/** Rows of a Parquet file as DuckDB reads them, in the text forms of their types. */
export async function readTexts(file: string, columns: readonly Column[]): Promise<TextRow[]> {
  const engine = await openEngine({ memoryLimitMB: 1_024 });
  try {
    const texts = columns.map((one) => textExpression(one, quoteIdentifier(one.name)));
    const found = await engine.connection.runAndReadAll(`SELECT ${texts.join(', ')} FROM ${readParquet([file])}`);
    return found.getRows() as TextRow[];
  } finally {
    engine.close();
  }
}

/** What the writer's conformance tests want: these rows staged as an export stages them, sorted by the first column. */
export async function writerFixture(columns: readonly Column[], rows: readonly TextRow[]): Promise<WriterFixture> {
  const key = columns.slice(0, 1).map(({ name }) => name);
  const full = await stage(columns, rows, key);
  const empty = await stage(columns, [], key);
  return {
    staged: full.staging.relation(rows.length),
    empty: empty.staging.relation(0),
    folder: () => mkdtemp(join(full.folder, 'out-')),
    read: (file) => readTexts(file, columns),
    dispose: async () => {
      await full[Symbol.asyncDispose]();
      await empty[Symbol.asyncDispose]();
    },
  };
}
