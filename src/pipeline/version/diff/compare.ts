import { SnapkeepError } from '@snapkeep/sdk';
import { registerCanonicalJson } from '../../../engine/canonical-json.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { Runtime } from '../../runtime.ts';
import { countByKey, differencesByKey, type KeyedComparison } from './by-key.ts';
import type { Differences } from './differences.ts';
import type { SharedColumn } from './forms.ts';
import { type DiffKey, requireUnique } from './key.ts';
import { countAsMultiset, differencesAsMultiset, type MultisetComparison } from './multiset.ts';
import { partition } from './partitions.ts';
import type { Relation, Side } from './side.ts';

/** What a comparison counts. */
export interface DiffCounts {
  readonly rows: {
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
    readonly unchanged: number;
  };
  /** Columns of both versions in which rows differ, most frequent first. */
  readonly columns: readonly { readonly name: string; readonly changed: number }[];
}

/** One comparison under way. */
export interface Comparison {
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly sides: readonly [readonly [Side, Relation], readonly [Side, Relation]];
  readonly key: DiffKey | null;
  readonly shared: readonly SharedColumn[];
  readonly conditions: readonly string[];
  /** Gets the rows that differ, where somebody wants more than their number. */
  readonly differences: Differences | null;
}

/** Counts what differs, and adds the rows to `differences` where they are wanted. @throws SNAPKEEP_KEY_NOT_UNIQUE */
export function compare(comparison: Comparison): Promise<DiffCounts> {
  return comparison.key === null ? asMultiset(comparison) : byKey(comparison, comparison.key);
}

async function byKey(comparison: Comparison, key: DiffKey): Promise<DiffCounts> {
  const { runtime, engine, sides, shared, conditions, differences } = comparison;
  if (!key.proven) {
    for (const [side, relation] of sides) await requireUnique(engine, relation, key, conditions, side);
  }
  const columns = key.columns.flatMap((name) => shared.filter((column) => column.name === name));
  const rest = shared.filter(({ name }) => !key.columns.includes(name));
  const work: KeyedComparison = {
    key: columns,
    rest,
    sides: { from: sides[0], to: sides[1] },
    conditions,
    canonical: await canonicalFor(engine, rest),
  };
  const parts = await partition(engine, sides, columns);
  const task = runtime.progress.start('compare', { unit: 'steps', total: parts.length });
  const total = { added: 0, removed: 0, changed: 0, perColumn: rest.map(() => 0) };
  try {
    for (const [index, part] of parts.entries()) {
      runtime.signal.throwIfAborted();
      if (differences) await differences.add(differencesByKey(work, part));
      else {
        const counts = await countByKey(engine, work, part);
        total.added += counts.added;
        total.removed += counts.removed;
        total.changed += counts.changed;
        counts.perColumn.forEach((rows, at) => {
          total.perColumn[at] = (total.perColumn[at] ?? 0) + rows;
        });
      }
      task.update(index + 1);
    }
  } finally {
    task.end();
  }
  if (!differences) {
    const perColumn = new Map(rest.map(({ name }, index) => [name, total.perColumn[index] ?? 0]));
    return counted(comparison, total, perColumn);
  }
  const { kinds, columns: perColumn } = await differences.count();
  return counted(comparison, kindsOf(kinds), perColumn);
}

async function asMultiset(comparison: Comparison): Promise<DiffCounts> {
  const { engine, sides, shared, conditions, differences } = comparison;
  const [[, from], [, to]] = sides;
  const canonical = await canonicalFor(engine, shared);
  const work: MultisetComparison = { columns: shared, from, to, conditions, canonical };
  if (!differences) return counted(comparison, { ...(await countAsMultiset(engine, work)), changed: 0 }, new Map());
  await differences.add(differencesAsMultiset(work));
  return counted(comparison, kindsOf((await differences.count()).kinds), new Map());
}

async function canonicalFor(engine: Engine, columns: readonly SharedColumn[]): Promise<(value: string) => string> {
  return columns.some(({ documents }) => documents) ? registerCanonicalJson(engine) : (value) => value;
}

function kindsOf(kinds: ReadonlyMap<string, number>) {
  return { added: kinds.get('added') ?? 0, removed: kinds.get('removed') ?? 0, changed: kinds.get('changed') ?? 0 };
}

type Kinds = Omit<DiffCounts['rows'], 'unchanged'>;

/** Both versions' rows must come out, seen from either: a check of the comparison itself. */
async function counted(
  { engine, sides, conditions, key }: Comparison,
  { added, removed, changed }: Kinds,
  perColumn: ReadonlyMap<string, number>,
): Promise<DiffCounts> {
  const [before, after] = await Promise.all(sides.map(([, relation]) => rowsOf(engine, relation, conditions)));
  const unchanged = (before ?? 0) - removed - changed;
  if ((after ?? 0) - added - changed !== unchanged) {
    throw new SnapkeepError(
      key === null ? 'SNAPKEEP_INTERNAL' : 'SNAPKEEP_KEY_NOT_UNIQUE',
      `${before} rows less ${removed} removed are not ${after} rows less ${added} added`,
    );
  }
  const columns = [...perColumn]
    .map(([name, rows]) => ({ name, changed: rows }))
    .filter((column) => column.changed > 0)
    .sort((a, b) => b.changed - a.changed);
  return { rows: { added, removed, changed, unchanged }, columns };
}

/** All rows of a side, those too that need not be compared. */
async function rowsOf(engine: Engine, relation: Relation, conditions: readonly string[]): Promise<number> {
  return (await countRows(engine, relation, conditions)) + (await countRows(engine, relation.equal, conditions));
}

async function countRows(
  engine: Engine,
  { source, files, rows }: Relation['equal'],
  conditions: readonly string[],
): Promise<number> {
  if (files.length === 0 || conditions.length === 0) return rows;
  return Number((await engine.row(`SELECT count(*) AS n FROM ${source} WHERE ${conditions.join(' AND ')}`)).n);
}
