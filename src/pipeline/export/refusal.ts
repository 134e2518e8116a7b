import { type ColumnPlan, heldType, type InexactPolicy, SnapkeepError, shorten } from '@snapkeep/sdk';
import { otherDimensions } from '../../engine/column-plan.ts';
import { allows, remediesFor } from '../../engine/inexact.ts';
import { documentExpression, sourceText } from '../../engine/source-text.ts';
import { shellWord } from '../shell-word.ts';
import { firstRows, type RowKey } from './key-rows.ts';
import type { Staging } from './staging.ts';

/** The refused values of one column. */
interface Refusal {
  readonly column: ColumnPlan;
  /** Rows; those in which an earlier column is refused too count there. */
  readonly rows: number;
  readonly key: RowKey;
  /** As it was staged. */
  readonly staged: string;
  /** Whether it is not some part that can't be held, but the dimensions of a list. */
  readonly isShape: boolean;
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`;
}

async function refusalOf(
  { engine, plan }: Staging,
  index: number,
  rows: number,
  { condition, text, isShape }: { condition: string; text: string; isShape: boolean },
): Promise<Refusal | undefined> {
  const column = plan.columns[index];
  const [first] = await firstRows({ engine, plan }, condition, 1, [text]);
  if (!column || !first) return undefined;
  const staged = String(first.values[0]);
  // Where the key itself is refused there is no value of it, but its text.
  const key = Object.hasOwn(first.key, column.name)
    ? Object.fromEntries(Object.entries(first.key).map(([name, text]) => [name, name === column.name ? staged : text]))
    : first.key;
  return { column, rows, key, staged, isShape };
}

function shownValue({ column, staged }: Refusal): string {
  return shorten(sourceText(heldType(column), staged));
}

/** What the file would have to hold: a numeric waits as text for its size. */
function holderOf(column: ColumnPlan): string {
  return heldType(column).kind === 'numeric' ? 'a DECIMAL' : shorten(column.fileType);
}

function describe(refusal: Refusal): string {
  const { column, key, rows } = refusal;
  const where = Object.keys(key).length > 0 ? ` in the row ${shorten(JSON.stringify(key))}` : '';
  const others = rows > 1 ? ` (and ${rowsText(rows - 1).replace(/^(\S+)/, '$1 more')})` : '';
  return `column ${JSON.stringify(column.name)} (${column.sourceType}) holds ${JSON.stringify(shownValue(refusal))}${where}${others}, which ${holderOf(column)} can't hold exactly`;
}

const REMEDIES: Readonly<Partial<Record<InexactPolicy['kind'], string>>> = {
  null: 'it becomes NULL',
  string: 'the column becomes text',
  double: 'the column becomes DOUBLE',
  infinity: 'DuckDB’s own infinity',
};

/** `score=null`, so that no column's name can be taken for something else. */
function assignment(column: string, policy: string): string {
  return `${column === '*' || /^(type|column):/.test(column) ? `column:${column}` : column}=${policy}`;
}

function flagOf(column: string, policy: string): string {
  const word = shellWord(assignment(column, policy));
  return word.startsWith('-') ? `--on-inexact=${word}` : `--on-inexact ${word}`;
}

/** Texts that could not become what they say, by column. */
async function refusedTexts(staging: Staging): Promise<Refusal[]> {
  const counts = await staging.engine.rows(
    `SELECT refused, count(*) AS "rows" FROM staged WHERE refused IS NOT NULL GROUP BY refused ORDER BY refused`,
  );
  const found: Refusal[] = [];
  for (const { refused, rows } of counts) {
    const where = { condition: `refused = ${Number(refused)}`, text: 'refused_text', isShape: false };
    const refusal = await refusalOf(staging, Number(refused), Number(rows), where);
    if (refusal) found.push(refusal);
  }
  return found;
}

/** Lists of other dimensions than those of the column's other rows. */
async function refusedShapes(staging: Staging): Promise<Refusal[]> {
  const { engine, plan } = staging;
  const lists = plan.columns.flatMap((column, index) => {
    const condition = column.onInexact === 'null' ? undefined : otherDimensions(column, index);
    return condition === undefined ? [] : [{ column, index, condition }];
  });
  if (lists.length === 0) return [];
  const counts = await engine.row(
    `SELECT ${lists.map(({ index, condition }) => `count(*) FILTER (${condition}) AS n${index}`).join(', ')} FROM staged`,
  );
  const found: Refusal[] = [];
  for (const { column, index, condition } of lists) {
    const rows = Number(counts[`n${index}`]);
    if (rows === 0) continue;
    const text = documentExpression(heldType(column), `v${index}`);
    const refusal = await refusalOf(staging, index, rows, { condition, text, isShape: true });
    if (refusal) found.push(refusal);
  }
  return found;
}

/** The policies under which the value would not be refused. */
async function remediesOf({ engine, plan }: Staging, refusal: Refusal): Promise<InexactPolicy[]> {
  const { column, staged, isShape } = refusal;
  const isKey = plan.key.includes(column.name);
  if (!isShape) return remediesFor(engine, column, isKey, staged);
  return (['null', 'string'] as const).map((kind) => ({ kind })).filter((policy) => allows(column.type, policy, isKey));
}

/**
 * Texts that their column's type can't hold exactly: which one comes first, and what would allow it.
 * @throws SNAPKEEP_VALUE_INEXACT
 */
export async function refuseInexact(staging: Staging): Promise<void> {
  const [first, ...others] = [...(await refusedTexts(staging)), ...(await refusedShapes(staging))];
  if (!first) return;
  const { column, key, rows } = first;
  const remedies = await remediesOf(staging, first);
  const flags = remedies.map(({ kind }) => ({ kind, flag: flagOf(column.name, kind) }));
  const allowed = flags.map(({ kind, flag }) => `${flag} (${REMEDIES[kind] ?? kind})`).join(', or ');
  throw new SnapkeepError('SNAPKEEP_VALUE_INEXACT', describe(first), {
    ...(others.length > 0 ? { notes: others.map((other) => `also: ${describe(other)}`) } : {}),
    hint: `Correct the value at the source, or allow a substitution: ${allowed}.`,
    details: {
      column: column.name,
      sourceType: column.sourceType,
      fileType: column.fileType,
      key,
      value: shownValue(first),
      rows,
      policies: remedies.map(({ kind }) => kind),
      flags: flags.map(({ flag }) => flag),
    },
  });
}
