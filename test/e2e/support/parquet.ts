import { DuckDBInstance } from '@duckdb/node-api';

/** Runs SQL in a DuckDB of the test's own, or in a file, and gives rows of JSON values. */
export async function duckdb(sql: string, file = ':memory:'): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(file, file === ':memory:' ? {} : { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    await connection.run(`SET TimeZone = 'UTC'`);
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** `read_parquet` over every file of a snapshot's folder. */
export function parquetOf(folder: string): string {
  return `read_parquet('${folder.replaceAll(`'`, `''`)}/*.parquet')`;
}
