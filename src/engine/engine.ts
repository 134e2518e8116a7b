import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { quoteLiteral, type SqlEngine } from '@snapkeep/sdk';
import { engineError } from './engine-error.ts';

/** A value as it leaves the engine for people and for JSON: nothing is rounded. */
export type EngineValue = string | number | boolean | null | EngineValue[] | { [key: string]: EngineValue };

/** A DuckDB database of our own, in memory or in a file of the staging folder. */
export interface Engine extends SqlEngine {
  /** Every row of a small result, 64-bit integers and decimals as text. */
  rows(sql: string): Promise<Record<string, EngineValue>[]>;
  /** The one row of a result that has exactly one. */
  row(sql: string): Promise<Record<string, EngineValue>>;
  /** Any number of rows, some at a time, as DuckDB's own values in the order of the columns. */
  streamRows(sql: string): AsyncIterable<readonly (readonly unknown[])[]>;
  /** Plans the last of the statements, with the settings of now; those before it are run. */
  prepare(sql: string): Promise<PreparedStatement>;
  /** How much of the statement that runs is done, by DuckDB's own guess: 0 to 1. */
  progress(): number;
  /** The connection itself. */
  readonly connection: DuckDBConnection;
  /** A second connection to the same database, to run two statements at once. */
  fork(): Promise<Engine>;
  interrupt(): void;
  /** Safe to call twice. */
  close(): void;
}

export interface PreparedStatement {
  /** Once. */
  run(): Promise<void>;
}

/** A new database file. */
export interface EngineFile {
  /** Absolute. */
  readonly path: string;
  /** Of its tables; whole vectors of 2,048. Absent: DuckDB's own number. */
  readonly rowGroupRows?: number;
  /** A power of two from 16,384 to 262,144. Absent: the largest. */
  readonly blockBytes?: number;
}

export interface EngineOptions {
  /** Where the tables are; absent: in memory. */
  readonly file?: EngineFile;
  /** Where DuckDB may spill what exceeds the memory limit; absolute. */
  readonly spillDirectory?: string;
  readonly memoryLimitMB?: number;
  /** The one folder whose files SQL may read and write, whoever wrote that SQL; absent: any. Absolute. */
  readonly confinedTo?: string;
}

/** Resident memory follows from this: see docs/adr/0004. */
export const DEFAULT_MEMORY_LIMIT_MB = 200;

/** The name of the file's database among those of the engine. */
const FILE_DATABASE = 'staging';

async function connect(instance: DuckDBInstance, attached: boolean, close: () => void): Promise<Engine> {
  const connection = await instance.connect();
  let closed = false;
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw engineError(error);
    }
  };
  const rows = async (sql: string): Promise<Record<string, EngineValue>[]> => {
    const reader = await guarded(connection.runAndReadAll(sql));
    return reader.getRowObjectsJson() as Record<string, EngineValue>[];
  };
  // Of this connection alone.
  if (attached) await connection.run(`USE ${FILE_DATABASE}`);
  await connection.run(`SET TimeZone = 'UTC'`);
  // Counted, for progress(), and not shown by DuckDB itself.
  await connection.run('SET enable_progress_bar = true');
  await connection.run('SET enable_progress_bar_print = false');
  const [about] = await rows('SELECT version() AS version');
  return {
    dialect: 'duckdb',
    version: String(about?.version),
    connection,
    run: async (sql) => {
      await guarded(connection.run(sql));
    },
    rows,
    row: async (sql) => {
      const [first] = await rows(sql);
      if (!first) throw new Error(`no row: ${sql}`);
      return first;
    },
    streamRows: async function* (sql) {
      try {
        yield* (await connection.stream(sql)).yieldRows();
      } catch (error) {
        throw engineError(error);
      }
    },
    prepare: async (sql) => {
      const statements = await guarded(connection.extractStatements(sql));
      const prepared = async (index: number): Promise<PreparedStatement> => {
        const statement = await guarded(statements.prepare(index));
        return {
          run: async () => {
            await guarded(statement.run()).finally(() => statement.destroySync());
          },
        };
      };
      const last = statements.count - 1;
      for (let index = 0; index < last; index += 1) await (await prepared(index)).run();
      return prepared(last);
    },
    progress: () => Math.min(1, Math.max(0, connection.progress.percentage / 100)),
    fork: () => connect(instance, attached, () => undefined),
    interrupt: () => connection.interrupt(),
    close: () => {
      if (closed) return;
      closed = true;
      connection.closeSync();
      close();
    },
  };
}

/** Starts to load DuckDB, which takes 130 ms, while the caller waits for something else; what fails is told by `openEngine`. */
export function preloadEngine(): void {
  import('@duckdb/node-api').catch(() => undefined);
}

async function attach(instance: DuckDBInstance, { path, rowGroupRows, blockBytes }: EngineFile): Promise<void> {
  const connection = await instance.connect();
  const options = [
    // Older layouts know no ZSTD: see force_compression below.
    "STORAGE_VERSION 'latest'",
    ...(rowGroupRows === undefined ? [] : [`ROW_GROUP_SIZE ${rowGroupRows}`]),
    ...(blockBytes === undefined ? [] : [`BLOCK_SIZE ${blockBytes}`]),
  ];
  try {
    await connection.run(`ATTACH ${quoteLiteral(path)} AS ${FILE_DATABASE} (${options.join(', ')})`);
  } finally {
    connection.closeSync();
  }
}

async function open(instance: DuckDBInstance, { file }: EngineOptions): Promise<Engine> {
  if (file !== undefined) await attach(instance, file);
  return connect(instance, file !== undefined, () => instance.closeSync());
}

/** Opens a database that reaches nothing but local files: extensions are neither fetched nor loaded by themselves. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  // Loading DuckDB costs 130 ms: only commands that need it pay for it.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      // Without it jemalloc keeps some 100 MB of freed pages until its next call.
      allocator_background_threads: 'true',
      allocator_flush_threshold: '16MB',
      memory_limit: `${options.memoryLimitMB ?? DEFAULT_MEMORY_LIMIT_MB}MB`,
      ...(options.spillDirectory === undefined ? {} : { temp_directory: options.spillDirectory }),
    });
    const engine = await open(instance, options).catch((error: unknown) => {
      instance.closeSync();
      throw error;
    });
    // The file is thrown away: what is in its log need not be written into it first.
    await engine.run('PRAGMA disable_checkpoint_on_shutdown');
    // Uncompressed, DuckDB 1.5 reads a long text again for each NULL after it; ZSTD is also read four times as fast as FSST.
    await engine.run(`SET force_compression = 'zstd'`);
    if (options.confinedTo !== undefined) await confineEngine(engine, [options.confinedTo]);
    return engine;
  } catch (error) {
    throw engineError(error);
  }
}

/**
 * From here on SQL reaches these folders and nothing else: no other file, no network, no extension; and it can't take
 * that back.
 */
export async function confineEngine(engine: SqlEngine, folders: readonly string[]): Promise<void> {
  await engine.run(`SET allowed_directories = [${folders.map(quoteLiteral).join(', ')}]`);
  await engine.run('SET enable_external_access = false');
}

/** `read_parquet` over exactly these files, in this order. @param option - SQL, e.g. `file_row_number = true` */
export function readParquet(files: readonly string[], option?: string): string {
  return `read_parquet([${files.map(quoteLiteral).join(', ')}]${option === undefined ? '' : `, ${option}`})`;
}
