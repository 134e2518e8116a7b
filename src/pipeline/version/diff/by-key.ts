import { quoteLiteral } from '@snapkeep/sdk';
import type { Engine } from '../../../engine/engine.ts';
import type { SharedColumn } from './forms.ts';
import { keyColumn, named, newColumn, oldColumn } from './layout.ts';
import type { Partition } from './partitions.ts';
import { type Relation, type Side, sideColumn } from './side.ts';

/** What a comparison by key works on. */
export interface KeyedComparison {
  readonly key: readonly SharedColumn[];
  /** The other columns of both versions. */
  readonly rest: readonly SharedColumn[];
  readonly sides: { readonly from: readonly [Side, Relation]; readonly to: readonly [Side, Relation] };
  /** SQL conditions that rows of both versions must fulfil. */
  readonly conditions: readonly string[];
  /** SQL: a JSON document → the one text of all that say the same. */
  readonly canonical: (value: string) => string;
}

export interface KeyedCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Rows in which each of the other columns differs, in their order. */
  readonly perColumn: readonly number[];
}

/** Counts without keeping a row. */
export async function countByKey(engine: Engine, work: KeyedComparison, part: Partition): Promise<KeyedCounts> {
  const perColumn = work.rest.map((_, index) => `count(*) FILTER (d${index}) AS d${index}`);
  const row = await engine.row(
    `SELECT count(*) FILTER (kind = 'added') AS added, count(*) FILTER (kind = 'removed') AS removed,
       count(*) FILTER (kind = 'changed') AS changed ${perColumn.map((count) => `, ${count}`).join('')}
     FROM (${matched(work, part)})`,
  );
  return {
    added: Number(row.added),
    removed: Number(row.removed),
    changed: Number(row.changed),
    perColumn: work.rest.map((_, index) => Number(row[`d${index}`])),
  };
}

/** SQL: the rows that differ, as a table of differences has them, in the order of the key. */
export function differencesByKey(work: KeyedComparison, part: Partition): string {
  const { key, rest, sides } = work;
  const isKey = (name: string) => key.some((column) => column.name === name);
  const kept = {
    from: sides.from[0].columns.map(({ name }) => name).filter((name) => !isKey(name)),
    to: sides.to[0].columns.map(({ name }) => name).filter((name) => !isKey(name)),
  };
  const flagged = rest.map(({ name }, index) => `CASE WHEN d${index} THEN ${quoteLiteral(name)} END`);
  const changed = `CASE WHEN kind = 'changed' THEN list_filter([${flagged.join(', ')}]::VARCHAR[], lambda c: c IS NOT NULL) END`;
  const columns = [
    'kind',
    '1::BIGINT AS copies',
    `${changed} AS changed`,
    ...key.map(({ name }, index) => named(`k${index}`, keyColumn(name))),
    ...kept.from.map((name, index) => named(`a${index}`, oldColumn(name))),
    ...kept.to.map((name, index) => named(`b${index}`, newColumn(name))),
  ];
  const order = key.map((_, index) => `k${index}`).join(', ');
  return `SELECT ${columns.join(', ')} FROM (${matched(work, part, kept)}) WHERE kind IS NOT NULL ORDER BY ${order}`;
}

interface Kept {
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/**
 * Rows of one key beside each other: `kind` (NULL where nothing differs), `k0` … the key, `d0` … whether each of the
 * other columns differs, `a0` … and `b0` … what is kept of the older and of the newer row. All names are ours.
 */
function matched(work: KeyedComparison, part: Partition, kept: Kept = { from: [], to: [] }): string {
  const { key, rest, sides, conditions, canonical } = work;
  const side = (which: 'from' | 'to') => {
    const values = [
      'true AS there',
      ...key.map((column, index) => `${column[which]} AS k${index}`),
      ...rest.map((column, index) => `${column[which]} AS c${index}`),
      ...kept[which].map((name, index) => `${sideColumn(name)} AS v${index}`),
    ];
    const where = [part[which], ...conditions].join(' AND ');
    return `(SELECT ${values.join(', ')} FROM ${sides[which][1].source} WHERE ${where})`;
  };
  const on = key.map((_, index) => `a.k${index} IS NOT DISTINCT FROM b.k${index}`).join(' AND ');
  const differs = rest.map((column, index) => {
    const [old, now] = [`a.c${index}`, `b.c${index}`];
    const distinct = `a.there AND b.there AND ${old} IS DISTINCT FROM ${now}`;
    if (!column.documents) return `coalesce(${distinct}, false) AS d${index}`;
    return `CASE WHEN ${distinct} THEN ${canonical(old)} IS DISTINCT FROM ${canonical(now)} ELSE false END AS d${index}`;
  });
  const any = rest.length > 0 ? rest.map((_, index) => `d${index}`).join(' OR ') : 'false';
  const values = [
    'a.there AS old_there',
    'b.there AS new_there',
    ...key.map((_, index) => `CASE WHEN b.there THEN b.k${index} ELSE a.k${index} END AS k${index}`),
    ...differs,
    ...kept.from.map((_, index) => `a.v${index} AS a${index}`),
    ...kept.to.map((_, index) => `b.v${index} AS b${index}`),
  ];
  return `SELECT *, CASE WHEN old_there IS NULL THEN 'added' WHEN new_there IS NULL THEN 'removed' WHEN ${any} THEN 'changed' END AS kind
    FROM (SELECT ${values.join(', ')} FROM ${side('from')} a FULL OUTER JOIN ${side('to')} b ON ${on})`;
}
