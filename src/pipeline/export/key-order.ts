import type { Engine } from '../../engine/engine.ts';
import { VECTOR_ROWS } from './row-group-size.ts';

/** Rows that show whether it is worth while to look at all of them. */
const SAMPLE_ROWS = 10_000;
/** Rows whose hashes are held at once to find out whether a key stands twice: some 32 MB. */
const ROWS_PER_PASS = 1_000_000;

/** SQL: true where the key (`k0 …`) comes after the row's before it (`p0 …`), column by column. */
function isAfter(columns: number, from = 0): string {
  const after = `k${from} > p${from}`;
  return from + 1 === columns ? after : `(${after} OR (k${from} = p${from} AND ${isAfter(columns, from + 1)}))`;
}

async function isAscending(engine: Engine, keys: readonly string[], rows: string): Promise<boolean> {
  const anyNull = keys.map((_, index) => `k${index} IS NULL`).join(' OR ');
  const pairs = keys.map((key, index) => `${key} AS k${index}, lag(${key}) OVER () AS p${index}`).join(', ');
  const { holds } = await engine.row(
    `SELECT count(*) FILTER (${isAfter(keys.length)}) + 1 = count(*) AND count(*) FILTER (${anyNull}) = 0 AS holds
     FROM (SELECT ${pairs} FROM ${rows})`,
  );
  return holds === true;
}

/**
 * Whether every row group but the last is full of whole vectors, and no row was removed: only then a scan gives the
 * same vectors as a sort.
 */
async function isEven(engine: Engine): Promise<boolean> {
  const { even } = await engine.row(
    `WITH groups AS (
       SELECT row_group_id, max(start + count) - min(start) AS n FROM pragma_storage_info('staged')
       WHERE column_id = 0 AND segment_type <> 'VALIDITY' GROUP BY row_group_id)
     SELECT coalesce((SELECT bool_and(n % ${VECTOR_ROWS} = 0) FROM (FROM groups ORDER BY row_group_id DESC OFFSET 1)), true)
       AND (SELECT coalesce(sum(n), 0) FROM groups) = (SELECT count(*) FROM staged) AS even`,
  );
  return even === true;
}

/**
 * Whether the rows came in the order in which they will be written, no two alike: then they need no sort, and their
 * key is unique. That is how most tables come whose key is a number that only grows.
 * @param keys - SQL over the staged rows: by what they are sorted
 */
export async function cameInOrder(engine: Engine, keys: readonly string[]): Promise<boolean> {
  if (keys.length === 0) return false;
  const sample = `(FROM staged LIMIT ${SAMPLE_ROWS})`;
  return (await isAscending(engine, keys, sample)) && (await isAscending(engine, keys, 'staged')) && isEven(engine);
}

/**
 * Whether no key stands twice and none has a NULL; `false` is only a suspicion. Equal keys have equal hashes: where
 * there are as many hashes as rows, no key stands twice. Some of the hashes at a time, so that memory doesn't grow.
 * @param keys - SQL, quoted
 */
export async function isSurelyUnique(engine: Engine, keys: readonly string[], rows: number): Promise<boolean> {
  const hash = `hash(${keys.join(', ')})`;
  const isNull = keys.map((key) => `${key} IS NULL`).join(' OR ');
  const passes = Math.max(1, Math.ceil(rows / ROWS_PER_PASS));
  for (let pass = 0; pass < passes; pass += 1) {
    const { holds } = await engine.row(
      `SELECT count(*) = count(DISTINCT ${hash}) AND count(*) FILTER (${isNull}) = 0 AS holds
       FROM content WHERE ${hash} % ${passes} = ${pass}`,
    );
    if (holds !== true) return false;
  }
  return true;
}
