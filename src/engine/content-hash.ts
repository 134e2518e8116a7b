import { createHash } from 'node:crypto';
import type { DuckDBResult } from '@duckdb/node-api';
import { type ColumnPlan, quoteIdentifier, quoteLiteral } from '@snapkeep/sdk';
import { decimalText } from './decimal.ts';
import type { Engine } from './engine.ts';

type HashColumn = Pick<ColumnPlan, 'name' | 'fileType'>;

const MODULUS = 1n << 128n;

/** A type as DuckDB describes it, whatever it calls it. */
type EngineType = ReturnType<DuckDBResult['columnType']>;

/** What is asked of DuckDB's own objects: its classes would have to be loaded for an `instanceof`. */
interface TypeParts {
  readonly typeId: number;
  readonly valueType?: EngineType;
  /** Of a DECIMAL. */
  readonly width?: number;
  readonly scale?: number;
  readonly entryNames?: readonly string[];
  readonly entryTypes?: readonly EngineType[];
}

/** https://duckdb.org/docs/stable/clients/c/types: LIST, STRUCT, VARCHAR, BLOB, TIMESTAMP, TIMESTAMP_TZ, DECIMAL */
const TYPE_ID = { list: 24, struct: 25, varchar: 17, blob: 18, timestamp: 12, timestampTz: 31, decimal: 19 } as const;

/**
 * A value's canonical text, self-delimiting: `<bytes>:<text>` where any text can stand, `<text>;` where the
 * text has a fixed alphabet, `[<n>;` and the elements of a list, `(` and the fields of a struct, `~;` for NULL.
 * docs/formats.md is the definition, for whoever computes it elsewhere.
 */
function canonical(type: EngineType, value: string, depth = 0): string {
  return `concat(${canonicalParts(type, value, depth).join(', ')})`;
}

/** What stands behind a text of a fixed alphabet, or in the place of NULL. */
const end = (value: string) => `CASE WHEN ${value} IS NULL THEN '~;' ELSE ';' END`;

/** The same as arguments of one `concat`, which leaves NULLs out: a text for each value would be made for nothing. */
function canonicalParts(type: EngineType, value: string, depth: number): string[] {
  const { typeId, valueType, width = 0, scale = 0, entryNames, entryTypes } = type as TypeParts;
  switch (typeId) {
    case TYPE_ID.varchar:
      return [`strlen(${value})`, `CASE WHEN ${value} IS NULL THEN '~;' ELSE ':' END`, `${value}::VARCHAR`];
    case TYPE_ID.blob:
      return [`lower(hex(${value}))`, end(value)];
    case TYPE_ID.timestamp:
    case TYPE_ID.timestampTz:
      // The infinities are no number of microseconds.
      return [`coalesce(epoch_us(${value})::VARCHAR, ${value}::VARCHAR)`, end(value)];
    case TYPE_ID.decimal:
      return [decimalText(value, width, scale), end(value)];
    case TYPE_ID.list: {
      if (!valueType) break;
      const element = `e${depth}`;
      const texts = `list_transform(${value}, lambda ${element}: ${canonical(valueType, element, depth + 1)})`;
      return [
        `coalesce('[' || len(${value}) || ';' || coalesce(list_aggregate(${texts}, 'string_agg', ''), ''), '~;')`,
      ];
    }
    case TYPE_ID.struct: {
      const fields = (entryTypes ?? []).flatMap((of, index) =>
        canonicalParts(of, `struct_extract(${value}, ${quoteLiteral(entryNames?.[index] ?? '')})`, depth),
      );
      return [`CASE WHEN ${value} IS NULL THEN '~;' ELSE concat('(', ${fields.join(', ')}) END`];
    }
    default:
  }
  return [`${value}::VARCHAR`, end(value)];
}

/** The part of the hash that names and types give, so that a renamed column is a change. */
function headerHash(columns: readonly HashColumn[]): bigint {
  const header = JSON.stringify(columns.map(({ name, fileType }) => [name, fileType]));
  return BigInt(`0x${createHash('sha1').update(header).digest('hex').slice(0, 32)}`);
}

/** Rows that are summed up together. */
export interface HashedRows {
  readonly rows: number;
  readonly contentHash: string;
}

/**
 * `v2:` and the sum, modulo 2^128, of the first 128 bits of SHA-1 over the header and over each row's
 * canonical text. The order of rows doesn't matter.
 *
 * @param relation - what to read, as SQL names it; columns by their own names
 */
export async function contentHash(engine: Engine, relation: string, columns: readonly HashColumn[]): Promise<string> {
  return (await contentHashes(engine, relation, columns, '0')).whole;
}

/**
 * The same of all rows and of each group of them, in one pass.
 * @param group - SQL: the number of a row's group
 */
export async function contentHashes(
  engine: Engine,
  relation: string,
  columns: readonly HashColumn[],
  group: string,
): Promise<{ readonly whole: string; readonly groups: ReadonlyMap<number, HashedRows> }> {
  const { connection } = engine;
  const described = await connection.run(`SELECT * FROM ${relation} LIMIT 0`);
  const parts = columns.flatMap(({ name }, index) =>
    canonicalParts(described.columnType(index), quoteIdentifier(name), 0),
  );
  const text = `concat(${parts.join(', ')})`;
  const half = (from: number) => `sum(('0x' || substr(hash, ${from}, 16))::UBIGINT)::VARCHAR`;
  const sums = await engine.rows(
    `SELECT part, count(*) AS n, ${half(1)} AS high, ${half(17)} AS low
     FROM (SELECT ${group} AS part, sha1(${text}) AS hash FROM ${relation}) GROUP BY part`,
  );
  const header = headerHash(columns);
  const textOf = (sum: bigint) => `v2:${((header + sum) % MODULUS).toString(16).padStart(32, '0')}`;
  const groups = new Map<number, HashedRows>();
  let all = 0n;
  for (const { part, n, high, low } of sums) {
    const sum = (BigInt(String(high)) << 64n) + BigInt(String(low));
    all += sum;
    groups.set(Number(part), { rows: Number(n), contentHash: textOf(sum) });
  }
  return { whole: textOf(all), groups };
}
