import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteIdentifier, quoteLiteral } from '@snapkeep/sdk';
import { type Engine, type EngineValue, readParquet } from '../../../engine/engine.ts';
import { isWideInteger, narrowInteger } from '../../../engine/wide-integers.ts';
import { removeAbandoned } from '../../../store/abandoned.ts';
import { privateDirectory } from '../../../store/layout.ts';
import { makePrivateDirectory } from '../../../store/private-directory.ts';
import type { DiffKind } from './layout.ts';

/** The rows that differ, kept in files outside of memory for as long as the command runs. */
export class Differences implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #directory: string;
  readonly #files: string[] = [];

  private constructor(engine: Engine, directory: string) {
    this.#engine = engine;
    this.#directory = directory;
  }

  static async open(engine: Engine, root: string): Promise<Differences> {
    const spill = join(privateDirectory(root), 'spill');
    const directory = join(spill, `diff-${process.pid}-${randomBytes(4).toString('hex')}`);
    await makePrivateDirectory(root, directory);
    await removeAbandoned(spill);
    return new Differences(engine, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** @param select - SQL whose rows are added behind those that are there */
  async add(select: string): Promise<void> {
    const file = join(this.#directory, `${this.#files.length}.parquet`);
    await this.#engine.run(
      `COPY (${select}) TO ${quoteLiteral(file)} (FORMAT parquet, COMPRESSION lz4_raw, ${GROUPS})`,
    );
    this.#files.push(file);
  }

  /** What stands behind FROM. */
  get relation(): string {
    return readParquet(this.#files);
  }

  /** Rows by kind, and rows in which a column differs by its name. */
  async count(): Promise<{
    readonly kinds: ReadonlyMap<string, number>;
    readonly columns: ReadonlyMap<string, number>;
  }> {
    const counts = async (sql: string) =>
      new Map((await this.#engine.rows(sql)).map(({ name, n }) => [String(name), Number(n)] as const));
    return {
      kinds: await counts(`SELECT kind AS name, sum(copies) AS n FROM ${this.relation} GROUP BY kind`),
      columns: await counts(
        `SELECT name, count(*) AS n FROM (SELECT unnest(changed) AS name FROM ${this.relation}) GROUP BY name`,
      ),
    };
  }

  async columns(): Promise<readonly string[]> {
    const described = await this.#engine.rows(`DESCRIBE SELECT * FROM ${this.relation}`);
    return described.map(({ column_name }) => String(column_name));
  }

  /** The first rows of a kind, by the key or else by all values: a value by the name of its column. */
  async first(kind: DiffKind, limit: number, order: readonly string[]): Promise<ReadonlyMap<string, EngineValue>[]> {
    const by = order.map(quoteIdentifier).join(', ');
    const rows: ReadonlyMap<string, EngineValue>[] = [];
    const sql = `SELECT * FROM ${this.relation} WHERE kind = ${quoteLiteral(kind)} ORDER BY ${by} LIMIT ${limit}`;
    for await (const row of this.#stream(sql)) rows.push(row);
    return rows;
  }

  /** Every row, each value in its JSON form by the name of its column. */
  values(): AsyncIterable<ReadonlyMap<string, EngineValue>> {
    return this.#stream(`SELECT * FROM ${this.relation}`);
  }

  async *#stream(sql: string): AsyncGenerator<ReadonlyMap<string, EngineValue>> {
    const result = await this.#engine.connection.stream(sql);
    // Loads DuckDB's client, as the engine has by now.
    const { jsonRows } = await import('../../../engine/json-values.ts');
    const names = result.columnNames();
    const wide = result.columnTypes().map((type) => isWideInteger(String(type)));
    for await (const chunk of result) {
      for (const row of jsonRows(chunk)) {
        yield new Map(row.map((value, at) => [names[at] ?? '', wide[at] ? narrowInteger(value) : value]));
      }
    }
  }

  /** Every row as texts, a list of names as JSON; or the first of each kind. */
  async *texts(limit: number | undefined, order: readonly string[]): AsyncGenerator<(string | null)[]> {
    const columns = (await this.columns()).map((name) => {
      const column = quoteIdentifier(name);
      return name === 'changed' ? `to_json(${column})::VARCHAR` : `${column}::VARCHAR`;
    });
    const by = order.map(quoteIdentifier).join(', ');
    const some =
      limit === undefined
        ? ''
        : ` QUALIFY row_number() OVER (PARTITION BY kind ORDER BY ${by}) <= ${limit} ORDER BY kind, ${by}`;
    const result = await this.#engine.connection.stream(`SELECT ${columns.join(', ')} FROM ${this.relation}${some}`);
    for await (const rows of result.yieldRowsJson()) {
      for (const row of rows) yield row as (string | null)[];
    }
  }

  /** Writes one Parquet file. @param metadata - of the file, by its key */
  async write(file: string, metadata: Readonly<Record<string, string>>): Promise<void> {
    const pairs = Object.entries(metadata).map(([key, value]) => `${quoteLiteral(key)}: ${quoteLiteral(value)}`);
    await this.#engine.run(
      `COPY (SELECT * FROM ${this.relation}) TO ${quoteLiteral(file)} (FORMAT parquet, COMPRESSION zstd, ${GROUPS}, KV_METADATA {${pairs.join(', ')}})`,
    );
  }
}

/** Two rows beside each other are wide: groups of DuckDB's own size would take hundreds of megabytes while they are written. */
const GROUPS = 'ROW_GROUP_SIZE 30720';
