import { type Column, type ColumnPlan, type Relation, SnapkeepError } from '@snapkeep/sdk';
import { nameKey } from '../engine/names.ts';
import type { Dataset } from './dataset.ts';
import { requireColumn } from './require-column.ts';

/** Columns under the names that they have in the snapshot. */
export interface NamedRelation {
  readonly columns: readonly (Column & Pick<ColumnPlan, 'sourceName'>)[];
  /** Of the source's primary key, in their order. */
  readonly key: readonly string[];
  readonly comment?: string;
}

/** Indexes of the columns under each key, in their order. */
function grouped(columns: readonly string[], keyOf: (name: string) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  columns.forEach((name, index) => {
    const group = groups.get(keyOf(name));
    if (group) group.push(index);
    else groups.set(keyOf(name), [index]);
  });
  return groups;
}

/** The names that the configuration gives, in the order of the columns. */
function givenNames(columns: readonly Column[], { name: dataset, config }: Dataset): string[] {
  const sources = columns.map(({ name }) => name);
  const names = [...sources];
  const places = grouped(sources, (name) => name);
  for (const [source, to] of Object.entries(config.rename ?? {})) {
    requireColumn(columns, source, 'rename');
    const indexes = places.get(source) ?? [];
    const given = [to].flat();
    if (given.length !== indexes.length) {
      throw new SnapkeepError(
        'SNAPKEEP_CONFIG_INVALID',
        `datasets.${dataset}.rename gives ${given.length === 1 ? 'one name' : `${given.length} names`} for ${JSON.stringify(source)}, a name of ${indexes.length === 1 ? 'one column' : `${indexes.length} columns`}`,
        { hint: `Write a name for each, in their order: ${flow(new Map([[source, unused(names, indexes)]]))}` },
      );
    }
    indexes.forEach((index, position) => {
      names[index] = given[position] ?? source;
    });
  }
  return names;
}

/** Names for these columns that no other column has: the first keeps its own, the others get a number. */
function unused(names: readonly string[], indexes: readonly number[]): string[] {
  const taken = new Set(names.filter((_, index) => !indexes.includes(index)).map(nameKey));
  return indexes.map((index) => {
    const name = names[index] ?? '';
    let free = name;
    for (let number = 2; taken.has(nameKey(free)); number += 1) free = `${name}_${number}`;
    taken.add(nameKey(free));
    return free;
  });
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const RENAMES_SHOWN = 20;

/** A map as YAML and JSON have it in one line. */
function flow(renames: ReadonlyMap<string, readonly string[]>): string {
  const text = (name: string) => (PLAIN_NAME.test(name) ? name : JSON.stringify(name));
  const entries = [...renames].slice(0, RENAMES_SHOWN).map(([source, names]) => {
    const [only = ''] = names;
    return `${text(source)}: ${names.length === 1 ? text(only) : `[${names.map(text).join(', ')}]`}`;
  });
  return `{${entries.join(', ')}${renames.size > RENAMES_SHOWN ? ', …' : ''}}`;
}

/** What `rename` would have to say, so that DuckDB can tell all columns apart. */
function sufficientRenames(sources: readonly string[], names: readonly string[]): Map<string, string[]> {
  const free = [...names];
  for (const indexes of grouped(names, nameKey).values()) {
    if (indexes.length === 1) continue;
    unused(free, indexes).forEach((name, position) => {
      free[indexes[position] ?? 0] = name;
    });
  }
  const renames = new Map<string, string[]>();
  for (const [source, indexes] of grouped(sources, (name) => name)) {
    const given = indexes.map((index) => free[index] ?? '');
    if (given.some((name, position) => name !== names[indexes[position] ?? 0])) renames.set(source, given);
  }
  return renames;
}

function clash(sources: readonly string[], names: readonly string[], indexes: readonly number[]): string {
  const [first = 0, second = 0] = indexes;
  const [a, b] = [JSON.stringify(names[first]), JSON.stringify(names[second])];
  if (a !== b) return `the columns ${a} and ${b} differ in case only, which DuckDB can't tell apart`;
  if (sources[first] === sources[second]) return `${indexes.length} columns are called ${a}`;
  return `the columns ${JSON.stringify(sources[first])} and ${JSON.stringify(sources[second])} would both be called ${a}`;
}

function refuseSameNames(sources: readonly string[], names: readonly string[], dataset: Dataset): void {
  const clashing = [...grouped(names, nameKey).values()].filter((indexes) => indexes.length > 1);
  const [first] = clashing;
  if (!first) return;
  const renames = sufficientRenames(sources, names);
  const more = clashing.length - 1;
  const place = dataset.configured
    ? `datasets.${dataset.name}.rename: ${flow(renames)}`
    : `datasets.${dataset.name}: {table: …, rename: ${flow(renames)}}`;
  throw new SnapkeepError(
    'SNAPKEEP_COLUMN_REFUSED',
    `${clash(sources, names, first)}${more > 0 ? ` (and ${more} more name${more > 1 ? 's' : ''} of several columns)` : ''}`,
    {
      hint: `Rename them in the snapshot; in the configuration: ${place}`,
      details: {
        columns: clashing.flatMap((indexes) => indexes.map((index) => names[index])),
        rename: Object.fromEntries(
          [...renames].map(([source, given]) => [source, given.length > 1 ? given : given[0]]),
        ),
      },
    },
  );
}

/**
 * A relation's columns under the names that `rename` of the dataset gives them. All that comes after the source knows
 * only those.
 * @throws SNAPKEEP_COLUMN_REFUSED where DuckDB can't tell two of them apart, SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_CONFIG_INVALID
 */
export function nameColumns(relation: Relation, dataset: Dataset): NamedRelation {
  const sources = relation.columns.map(({ name }) => name);
  const names = givenNames(relation.columns, dataset);
  refuseSameNames(sources, names, dataset);
  const columns = relation.columns.map((column, index) => {
    const name = names[index] ?? column.name;
    return name === column.name ? column : { ...column, name, sourceName: column.name };
  });
  const key = relation.key.map((name) => names[sources.indexOf(name)] ?? name);
  return { columns, key, ...(relation.comment === undefined ? {} : { comment: relation.comment }) };
}
