import { SnapkeepError, shorten } from '@snapkeep/sdk';
import type { Engine } from '../../../engine/engine.ts';
import { columnsNamed, requireColumn } from '../../require-column.ts';
import { type Relation, type Side, sideColumn } from './side.ts';

/** By which columns rows are matched. */
export interface DiffKey {
  readonly columns: readonly string[];
  /** Whether the export found it unique and never NULL in both versions; else that is to be checked. */
  readonly proven: boolean;
}

/**
 * The columns named on the command line, else the key that both versions have.
 * @param named - each a column, or several with commas between them
 * @returns `null` where rows can only be compared as a whole, or are to be: no column is named
 * @throws SNAPKEEP_COLUMN_UNKNOWN where one of the versions lacks a column
 */
export function chooseKey(from: Side, to: Side, named: readonly string[] = []): DiffKey | null {
  const own = to.manifest.plan.key;
  const common = own.length > 0 && sameSet(own, from.manifest.plan.key);
  if (named.length === 0) return common ? { columns: own, proven: true } : null;
  const columns = columnsNamed(
    named,
    [from, to].flatMap((side) => side.columns.map(({ name }) => name)),
  );
  if (columns.length === 0) return null;
  for (const { version, columns: there } of [from, to]) {
    for (const column of columns) requireColumn(there, column, `the key for v${version}`);
  }
  return { columns, proven: common && sameSet(columns, own) };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

/** Two rows of one key can't be told apart. @throws SNAPKEEP_KEY_NOT_UNIQUE */
export async function requireUnique(
  engine: Engine,
  { source, equal }: Relation,
  key: DiffKey,
  conditions: readonly string[],
  { version }: Side,
): Promise<void> {
  const names = key.columns.map(sideColumn);
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  const all = `(SELECT * FROM ${source} UNION ALL SELECT * FROM ${equal.source}) AS s`;
  const [twice] = await engine.rows(
    `SELECT count(*) AS n, [${names.map((name) => `any_value(${name})::VARCHAR`).join(', ')}] AS value
     FROM ${all}${where} GROUP BY ${names.join(', ')} HAVING count(*) > 1 LIMIT 1`,
  );
  if (!twice) return;
  const values = key.columns.map((name, index) => `${name} = ${(twice.value as (string | null)[])[index] ?? 'NULL'}`);
  throw new SnapkeepError(
    'SNAPKEEP_KEY_NOT_UNIQUE',
    `${key.columns.join(', ')} is no key of v${version}: ${Number(twice.n)} rows have ${shorten(values.join(', '))}`,
    { hint: 'Name columns with --key that tell all rows apart, or leave it out.', details: { key: key.columns } },
  );
}
