import { type ExportPlan, quoteIdentifier } from '@snapkeep/sdk';
import type { Engine } from '../../../engine/engine.ts';
import { candidateLimit, chooseBoundaries } from './boundaries.ts';

/** Rows that are cut, in SQL. */
export interface RowsToCut {
  readonly from: string;
  /** Values of the columns by which they are, together unique, and never NULL. */
  readonly key: readonly string[];
}

/** Where rows are cut, as SQL over their relation. Valid until other cuts are found with the same engine. */
export interface Cuts {
  /** Parts, in the order of the key; at least one. */
  readonly count: number;
  /** The number of a row's part, from 0. */
  readonly partOf: string;
  /** Which rows a part has. Each bound is a constant, so that what can't be in it is skipped. */
  range(part: number): string;
}

/** All rows under their own names, by the dataset's key. */
export function contentToCut({ key }: Pick<ExportPlan, 'key'>): RowsToCut {
  return { from: 'content', key: key.map(quoteIdentifier) };
}

/**
 * Finds where parts of so many rows begin. The hash is DuckDB's own: it may change with DuckDB's version, and so does every
 * file, which names that version in its footer.
 * @param partRows - rows of a part on average
 */
export async function findCuts(engine: Engine, { from, key: columns }: RowsToCut, partRows: number): Promise<Cuts> {
  const hash = `hash(${columns.join(', ')})`;
  const named = columns.map((column, index) => `${column} AS k${index}`).join(', ');
  const order = columns.map((_, index) => `k${index}`).join(', ');
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE candidates AS
     SELECT row_number() OVER (ORDER BY ${order}) - 1 AS n, * FROM (
       SELECT ${hash} AS h, ${named} FROM ${from} WHERE ${hash} < ${candidateLimit(partRows)}::UBIGINT)`,
  );
  const candidates = await engine.rows('SELECT h::VARCHAR AS h FROM candidates ORDER BY n');
  const chosen = chooseBoundaries(candidates.map(({ h }) => BigInt(String(h))));
  await engine.run(`DELETE FROM candidates WHERE ${chosen.length === 0 ? 'true' : `n NOT IN (${chosen.join(', ')})`}`);
  return cutAtCandidates(engine, columns);
}

/**
 * Finds ranges of so much at most, and what the row takes that begins one: for rows of which a few are much.
 * @param weight - SQL: what a row takes
 * @param most - of a range, in the same measure
 */
export async function findCutsBySize(
  engine: Engine,
  { from, key: columns }: RowsToCut,
  weight: string,
  most: number,
): Promise<Cuts> {
  const named = columns.map((column, index) => `${column} AS k${index}`).join(', ');
  const keys = columns.map((_, index) => `k${index}`).join(', ');
  await engine.run(
    `CREATE OR REPLACE TEMP TABLE candidates AS SELECT n, ${keys} FROM (
       SELECT ${keys}, row_number() OVER before AS n, sum(weight) OVER before // ${Math.max(1, Math.floor(most))} AS range
       FROM (SELECT ${named}, (${weight})::BIGINT AS weight FROM ${from})
       WINDOW before AS (ORDER BY ${keys} ROWS UNBOUNDED PRECEDING))
     QUALIFY range <> lag(range) OVER (ORDER BY n)`,
  );
  return cutAtCandidates(engine, columns);
}

/** Each row of `candidates` (`n`, `k0 …`) begins a part. */
async function cutAtCandidates(engine: Engine, columns: readonly string[]): Promise<Cuts> {
  for (const [index] of columns.entries()) {
    await engine.run(`SET VARIABLE snapkeep_cut_${index} = (SELECT list(k${index} ORDER BY n) FROM candidates)`);
  }
  const { chosen } = await engine.row('SELECT count(*) AS chosen FROM candidates');
  await engine.run('DROP TABLE candidates');
  const count = Number(chosen) + 1;
  return {
    count,
    partOf: decide(columns, 0, count - 1),
    range: (part) => {
      const bounds = [
        ...(part === 0 ? [] : [compared(columns, '>', part - 1)]),
        ...(part === count - 1 ? [] : [compared(columns, '<', part)]),
      ];
      return bounds.length === 0 ? 'true' : bounds.join(' AND ');
    },
  };
}

/** A value of the boundary behind a part; DuckDB sees a constant of the column's own type, without a detour by text. */
function boundary(part: number, column: number): string {
  return `getvariable('snapkeep_cut_${column}')[${part + 1}]`;
}

/** Column by column; the boundary itself belongs to what is behind it. */
function compared(columns: readonly string[], operator: '<' | '>', part: number, from = 0): string {
  const [column, value] = [columns[from] ?? '', boundary(part, from)];
  if (from + 1 === columns.length) return `${column} ${operator === '>' ? '>=' : '<'} ${value}`;
  const rest = compared(columns, operator, part, from + 1);
  // The first condition follows from the second; by it alone DuckDB skips rows.
  return `${column} ${operator}= ${value} AND (${column} ${operator} ${value} OR (${column} = ${value} AND ${rest}))`;
}

/** Binary search as nested CASEs: a thousand parts cost ten comparisons a row. */
function decide(columns: readonly string[], first: number, last: number): string {
  if (first === last) return String(first);
  const middle = Math.floor((first + last) / 2);
  const isBefore = compared(columns, '<', middle);
  return `CASE WHEN ${isBefore} THEN ${decide(columns, first, middle)} ELSE ${decide(columns, middle + 1, last)} END`;
}
