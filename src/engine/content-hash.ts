import type { DuckDBResult } from '@duckdb/node-api';
import { type ColumnPlan, quoteIdentifier, quoteLiteral } from '@snapkeep/sdk';
import { decimalText } from './decimal.ts';
import type { Engine } from './engine.ts';

type HashColumn = Pick<ColumnPlan, 'name' | 'fileType'>;

const MODULUS = 1n << 128n;
const LOW_HALF = `${(1n << 64n) - 1n}::UHUGEINT`;

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

/** SQL: a text → its hash of 128 bits, a number. Of the digits of SHA-1 DuckDB makes one by MD5 in half the time in which it reads them. */
const hashOf = (text: string) => `md5_number(sha1(${text}))`;

/** The part of the hash that names and types give, so that a renamed column is a change. */
async function headerHash(engine: Engine, columns: readonly HashColumn[]): Promise<bigint> {
  const header = JSON.stringify(columns.map(({ name, fileType }) => [name, fileType]));
  const { hash } = await engine.row(`SELECT ${hashOf(quoteLiteral(header))}::VARCHAR AS hash`);
  return BigInt(String(hash));
}

/** SQL: the number and the sums of the hashes of a relation's rows, by group. */
async function sumStatement(
  engine: Engine,
  relation: string,
  columns: readonly HashColumn[],
  group: string,
  decimalTexts: ReadonlySet<string> = new Set(),
): Promise<(relation: string) => string> {
  const described = await engine.connection.run(`SELECT * FROM ${relation} LIMIT 0`);
  const parts = columns.flatMap(({ name }, index) => {
    const value = quoteIdentifier(name);
    return decimalTexts.has(name) ? [value, end(value)] : canonicalParts(described.columnType(index), value, 0);
  });
  const text = `concat(${parts.join(', ')})`;
  // A sum of 128 bits each would be one of doubles.
  const sum = (half: string) => `sum((${half})::UBIGINT)::VARCHAR`;
  return (rows) =>
    `SELECT part, count(*) AS n, ${sum('hash >> 64')} AS high, ${sum(`hash & ${LOW_HALF}`)} AS low
     FROM (SELECT ${group} AS part, ${hashOf(text)} AS hash FROM ${rows}) GROUP BY part`;
}

interface Sum {
  readonly rows: number;
  /** Of the hashes. */
  readonly total: bigint;
}

function sumOf({ n, high, low }: Readonly<Record<string, unknown>>): Sum {
  return { rows: Number(n), total: (BigInt(String(high)) << 64n) + BigInt(String(low)) };
}

function hashText(header: bigint, sums: readonly Sum[]): string {
  const sum = sums.reduce((all, { total }) => all + total, header) % MODULUS;
  return `v3:${sum.toString(16).padStart(32, '0')}`;
}

/**
 * `v3:` and the sum, modulo 2^128, of the hashes of the header and of each row's canonical text: of SHA-1's digits the MD5, a number.
 * The order of rows doesn't matter.
 *
 * @param relations - what to read, one after the other, as SQL names it; columns by their own names
 * @param decimalTexts - names of DECIMALs that come as the texts that they have
 */
export async function contentHash(
  engine: Engine,
  relations: readonly [string, ...string[]],
  columns: readonly HashColumn[],
  decimalTexts?: ReadonlySet<string>,
): Promise<string> {
  const statement = await sumStatement(engine, relations[0], columns, '0', decimalTexts);
  const sums: Sum[] = [];
  for (const relation of relations) sums.push(...(await engine.rows(statement(relation))).map(sumOf));
  return hashText(await headerHash(engine, columns), sums);
}

/** Rows that are summed up together. */
export interface HashedRows {
  readonly rows: number;
  readonly contentHash: string;
}

/**
 * The same of all rows of one relation and of each group of them, in one pass.
 * @param group - SQL: the number of a row's group
 */
export async function contentHashes(
  engine: Engine,
  relation: string,
  columns: readonly HashColumn[],
  group: string,
): Promise<{ readonly whole: string; readonly groups: ReadonlyMap<number, HashedRows> }> {
  const statement = await sumStatement(engine, relation, columns, group);
  const found = (await engine.rows(statement(relation))).map((row) => ({ part: Number(row.part), sum: sumOf(row) }));
  const header = await headerHash(engine, columns);
  const groups = found.map(
    ({ part, sum }) => [part, { rows: sum.rows, contentHash: hashText(header, [sum]) }] as const,
  );
  const sums = found.map(({ sum }) => sum);
  return {
    whole: hashText(header, sums),
    groups: new Map(groups),
  };
}
