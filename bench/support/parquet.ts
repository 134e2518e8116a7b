import { stat } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { quoteLiteral } from '@snapkeep/sdk';

export interface ParquetFacts {
  readonly rows: number;
  readonly bytes: number;
  /** Of its first column's chunks, e.g. `ZSTD`. */
  readonly compression: string;
}

/** What is really in the files, by DuckDB. */
export async function lookAt(files: readonly string[]): Promise<ParquetFacts> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const list = `[${files.map(quoteLiteral).join(', ')}]`;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const counted = await connection.runAndReadAll(`SELECT count(*) AS rows FROM read_parquet(${list})`);
    const stored = await connection.runAndReadAll(
      `SELECT string_agg(DISTINCT compression, ', ') AS kinds FROM parquet_metadata(${list}) WHERE column_id = 0`,
    );
    return {
      rows: Number(counted.getRowObjects()[0]?.rows),
      bytes: sizes.reduce((sum, size) => sum + size, 0),
      compression: String(stored.getRowObjects()[0]?.kinds ?? ''),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
