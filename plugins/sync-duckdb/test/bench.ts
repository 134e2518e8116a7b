import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type Json } from '@duckdb/node-api';
import type { ColumnPlan, SyncRequest } from '@snapkeep/sdk';

export function column(name: string, fileType: string): ColumnPlan {
  return {
    name,
    sourceType: fileType,
    type: { kind: 'opaque' },
    nullable: true,
    fileType,
    parquetType: fileType,
    fidelity: 'exact',
    onInexact: 'refuse',
  };
}

/** Runs statements in a database file, or in memory, and gives the rows of the last. */
export async function runSql(file: string, ...statements: readonly string[]): Promise<Json[][]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    let rows: Json[][] = [];
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowsJson();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export interface Bench {
  readonly folder: string;
  readonly to: string;
  /** Writes a Parquet file under `data/` and gives its absolute path. */
  readonly parquet: (name: string, select: string) => Promise<string>;
  readonly request: (files: readonly string[], rows: number, changes?: Partial<SyncRequest>) => SyncRequest;
  readonly dispose: () => Promise<void>;
}

export async function createBench(): Promise<Bench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sync-duckdb-'));
  const to = path.join(folder, 'research', 'analytics.duckdb');
  return {
    folder,
    to,
    async parquet(name, select) {
      const file = path.join(folder, 'data', name);
      await mkdir(path.dirname(file), { recursive: true });
      await runSql(':memory:', `COPY (${select}) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`);
      return file;
    },
    request: (files, rows, changes = {}) => ({
      dataset: 'events',
      version: 1,
      snapshot: '20251027T100000123Z-0123456789ab',
      followLatest: false,
      files,
      columns: [column('id', 'BIGINT'), column('name', 'VARCHAR')],
      rows,
      to,
      mode: 'table',
      schema: 'research',
      name: 'events',
      indexes: [],
      ...changes,
    }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `rows` rows of id and name. */
export function numbers(rows: number): string {
  return `SELECT i AS id, 'n' || i AS name FROM range(${rows}) t(i)`;
}
