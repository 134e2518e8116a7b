import type { EngineValue } from '../../../engine/engine.ts';
import { MASKED } from '../../invalid/shown.ts';
import type { Differences } from './differences.ts';
import { type DiffKind, keyColumn, newColumn, oldColumn } from './layout.ts';

/** A row that only one of the versions has. */
export interface SampleRow {
  /** Its key by column; `{}` where there is none. */
  readonly key: Readonly<Record<string, unknown>>;
  /** How often it was added or removed; 1 where there is a key. */
  readonly copies: number;
  /** Its other values by column, in the form in which `query --json` gives them. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** A row that both have, with the values that differ. */
export interface SampleChange {
  readonly key: Readonly<Record<string, unknown>>;
  readonly changes: readonly { readonly column: string; readonly old: unknown; readonly new: unknown }[];
}

/** The first rows of each kind, by key. */
export interface DiffSamples {
  readonly added: readonly SampleRow[];
  readonly removed: readonly SampleRow[];
  readonly changed: readonly SampleChange[];
}

type Row = ReadonlyMap<string, EngineValue>;

/**
 * @param limit - rows of each kind
 * @param sensitive - columns whose values are not shown
 * @param order - columns of the table of differences
 */
export async function takeSamples(
  differences: Differences,
  limit: number,
  key: readonly string[],
  order: readonly string[],
  sensitive: ReadonlySet<string>,
): Promise<DiffSamples> {
  const shown = (name: string, value: EngineValue | undefined) =>
    value === null || value === undefined ? null : sensitive.has(name) ? MASKED : value;
  const fromPairs = (row: Row, pairs: readonly (readonly [string, string])[]): Record<string, unknown> =>
    // Also `__proto__` becomes a key of its own.
    Object.fromEntries(pairs.map(([name, column]) => [name, shown(name, row.get(column))]));
  const columns = await differences.columns();
  const valuesWith = (prefix: string) =>
    columns.filter((name) => name.startsWith(prefix)).map((name) => [name.slice(prefix.length), name] as const);
  const keyOf = (row: Row) =>
    fromPairs(
      row,
      key.map((name) => [name, keyColumn(name)] as const),
    );
  const rowsOf = async (kind: DiffKind, prefix: string): Promise<SampleRow[]> =>
    (await differences.first(kind, limit, order)).map((row) => ({
      key: keyOf(row),
      copies: Number(row.get('copies')),
      values: fromPairs(row, valuesWith(prefix)),
    }));
  const changed = await differences.first('changed', limit, order);
  return {
    added: await rowsOf('added', newColumn('')),
    removed: await rowsOf('removed', oldColumn('')),
    changed: changed.map((row) => ({
      key: keyOf(row),
      changes: (row.get('changed') as string[]).map((column) => ({
        column,
        old: shown(column, row.get(oldColumn(column))),
        new: shown(column, row.get(newColumn(column))),
      })),
    })),
  };
}
