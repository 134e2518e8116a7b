import type { Engine } from '../../../engine/engine.ts';
import type { SharedColumn } from './forms.ts';
import { named, newColumn, oldColumn } from './layout.ts';
import type { Relation } from './side.ts';

/** What a comparison of whole rows works on: a row counts as often as it stands there. */
export interface MultisetComparison {
  /** The columns of both versions, at least one. */
  readonly columns: readonly SharedColumn[];
  readonly from: Relation;
  readonly to: Relation;
  readonly conditions: readonly string[];
  readonly canonical: (value: string) => string;
}

export async function countAsMultiset(
  engine: Engine,
  work: MultisetComparison,
): Promise<{ readonly added: number; readonly removed: number }> {
  const row = await engine.row(
    `SELECT coalesce(sum(greatest(after - before, 0)), 0) AS added, coalesce(sum(greatest(before - after, 0)), 0) AS removed
     FROM (${unequal(work)})`,
  );
  return { added: Number(row.added), removed: Number(row.removed) };
}

/** SQL: the rows that stand in one version more often than in the other, as a table of differences has them. */
export function differencesAsMultiset(work: MultisetComparison): string {
  const { columns } = work;
  const shown = (removed: boolean) =>
    columns.map(({ name }, index) =>
      named(
        `CASE WHEN ${removed ? '' : 'NOT '}removed THEN c${index} END`,
        removed ? oldColumn(name) : newColumn(name),
      ),
    );
  return `SELECT CASE WHEN removed THEN 'removed' ELSE 'added' END AS kind, abs(after - before) AS copies,
      NULL::VARCHAR[] AS changed, ${[...shown(true), ...shown(false)].join(', ')}
    FROM (SELECT *, before > after AS removed FROM (${unequal(work)}))
    ORDER BY ${columns.map((_, index) => `c${index}`).join(', ')}`;
}

/** SQL: `c0` … a row, `before` and `after` how often it stands in each version, where that differs. */
function unequal({ columns, from, to, conditions, canonical }: MultisetComparison): string {
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const side = (which: 'from' | 'to', relation: Relation) =>
    `SELECT ${columns.map((column, index) => `${column[which]} AS c${index}`).join(', ')}, ${which === 'from' ? 1 : 0} AS old FROM ${relation.source}${where}`;
  const names = columns.map((_, index) => `c${index}`);
  const counted = `SELECT ${names.join(', ')}, count(*) FILTER (old = 1) AS before, count(*) FILTER (old = 0) AS after
    FROM (${side('from', from)} UNION ALL ${side('to', to)}) GROUP BY ${names.join(', ')} HAVING before <> after`;
  if (!columns.some(({ documents }) => documents)) return counted;
  // Documents that differ as text may be the same: only what is left over is looked at again.
  const meanings = columns.map(({ documents }, index) => (documents ? canonical(`c${index}`) : `c${index}`));
  const groups = meanings.map((meaning, index) => `${meaning} AS g${index}`);
  const shown = columns.map(
    ({ documents }, index) => `${documents ? `min(c${index}::VARCHAR)::JSON` : `g${index}`} AS c${index}`,
  );
  return `SELECT ${shown.join(', ')}, sum(before)::BIGINT AS before, sum(after)::BIGINT AS after
    FROM (SELECT *, ${groups.join(', ')} FROM (${counted}))
    GROUP BY ${groups.map((_, index) => `g${index}`).join(', ')} HAVING sum(before) <> sum(after)`;
}
