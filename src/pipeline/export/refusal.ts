import { type ColumnPlan, heldType, type InexactPolicy, type LeafType, SnapkeepError, shorten } from '@snapkeep/sdk';
import { keptText, otherDimensions, refusedValue, type StagedNulls } from '../../engine/column-plan.ts';
import { fileTypeOf } from '../../engine/held-type.ts';
import { allows, remediesFor } from '../../engine/inexact.ts';
import { documentExpression, sourceText } from '../../engine/source-text.ts';
import { changeType, leavesOf } from '../../engine/type-paths.ts';
import { MASKED } from '../invalid/shown.ts';
import { shellWord } from '../shell-word.ts';
import { firstRows, type RowKey } from './key-rows.ts';
import { stagedNulls } from './row-width.ts';
import type { Staging } from './staging.ts';

/** Of a size that no column has found yet. */
const SOME_DECIMAL: LeafType = { kind: 'decimal', precision: 38, scale: 0 };

/** The refused values of one column. */
interface Refusal {
  readonly column: ColumnPlan;
  readonly rows: number;
  readonly key: RowKey;
  /** What came, or a document of what is staged. */
  readonly text: string;
  /** Whether it is not some part that can't be held, but the dimensions of a list. */
  readonly isShape: boolean;
  /** Nobody may see it. */
  readonly isSensitive: boolean;
}

/** Besides the first; `--json` has them all. */
const COLUMNS_SHOWN = 10;

function columnsText(columns: number): string {
  return columns === 1 ? '1 column' : `${columns.toLocaleString('en')} columns`;
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
  const value = String(first.values[0]);
  // Where the key itself is refused there is no value of it, but its text.
  const isSensitive = plan.sensitive.includes(column.name);
  const key =
    Object.hasOwn(first.key, column.name) && !isSensitive
      ? Object.fromEntries(Object.entries(first.key).map(([name, text]) => [name, name === column.name ? value : text]))
      : first.key;
  return { column, rows, key, text: value, isShape, isSensitive };
}

function shownValue({ column, text, isShape, isSensitive }: Refusal): string {
  if (isSensitive) return MASKED;
  return shorten(isShape ? sourceText(heldType(column), text) : text);
}

/** What the file would have to hold: a numeric waits as text for its size. */
function holderOf(column: ColumnPlan): string {
  const held = heldType(column);
  const waits = [...leavesOf(held).values()].some(({ kind }) => kind === 'numeric');
  if (!waits) return shorten(column.fileType);
  const sized = changeType(held, { leaf: (leaf) => (leaf.kind === 'numeric' ? SOME_DECIMAL : leaf) });
  return `a ${shorten(fileTypeOf(sized).replaceAll(fileTypeOf(SOME_DECIMAL), 'DECIMAL'))}`;
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

/** What makes a column's values refused, in SQL over the staged rows. */
interface Cause {
  readonly index: number;
  readonly condition: string;
  /** Of what came; where it is the shape, a document for {@link sourceText}. */
  readonly text: string;
  readonly isShape: boolean;
}

/** Texts that could not become what they say, and lists of other dimensions than those of the column's other rows. */
function causesOf(column: ColumnPlan, index: number, nulls: StagedNulls): Cause[] {
  const refused = refusedValue(column, index, nulls);
  const shape = column.onInexact === 'null' ? undefined : otherDimensions(column, index);
  return [
    ...(refused === undefined ? [] : [{ index, condition: refused, text: keptText(index), isShape: false }]),
    ...(shape === undefined
      ? []
      : [{ index, condition: shape, text: documentExpression(heldType(column), `v${index}`), isShape: true }]),
  ];
}

/** Every column with refused values, in the order of the columns. */
async function findRefusals(staging: Staging): Promise<Refusal[]> {
  const { engine, plan } = staging;
  const causes = plan.columns.flatMap((column, index) => causesOf(column, index, stagedNulls(plan, column)));
  const { refused } = await engine.row('SELECT count(refused) AS refused FROM staged');
  const asked = causes.filter(({ isShape }) => isShape || Number(refused) > 0);
  if (asked.length === 0) return [];
  const counts = await engine.row(
    `SELECT ${asked.map(({ condition }, number) => `count(*) FILTER (${condition}) AS n${number}`).join(', ')} FROM staged`,
  );
  const found: Refusal[] = [];
  for (const [number, cause] of asked.entries()) {
    const rows = Number(counts[`n${number}`]);
    const refusal = rows === 0 ? undefined : await refusalOf(staging, cause.index, rows, cause);
    if (refusal) found.push(refusal);
  }
  return found;
}

/** The policies under which the value would not be refused. */
async function remediesOf({ engine, plan }: Staging, refusal: Refusal): Promise<InexactPolicy[]> {
  const { column, text, isShape } = refusal;
  const isKey = plan.key.includes(column.name);
  if (!isShape) return remediesFor(engine, column, isKey, text);
  return (['null', 'string'] as const).map((kind) => ({ kind })).filter((policy) => allows(column.type, policy, isKey));
}

interface Remedied extends Refusal {
  readonly policies: readonly InexactPolicy['kind'][];
  /** For the command line; as many as there are policies. */
  readonly flags: readonly string[];
}

async function remedied(staging: Staging, refusal: Refusal): Promise<Remedied> {
  const policies = (await remediesOf(staging, refusal)).map(({ kind }) => kind);
  return { ...refusal, policies, flags: policies.map((kind) => flagOf(refusal.column.name, kind)) };
}

function allowedText({ policies, flags }: Remedied): string {
  return flags
    .map((flag, index) => `${flag} (${REMEDIES[policies[index] ?? 'null'] ?? policies[index]})`)
    .join(', or ');
}

function detailsOf(refusal: Remedied) {
  const { column, key, rows, policies, flags } = refusal;
  const { name, sourceType, fileType } = column;
  return { column: name, sourceType, fileType, key, value: shownValue(refusal), rows, policies, flags };
}

/**
 * Texts that their columns' types can't hold exactly: which one comes first in each column, and what would allow it.
 * @throws SNAPKEEP_VALUE_INEXACT
 */
export async function refuseInexact(staging: Staging): Promise<void> {
  const found: Remedied[] = [];
  for (const refusal of await findRefusals(staging)) found.push(await remedied(staging, refusal));
  const [first, ...others] = found;
  if (!first) return;
  const told = others.slice(0, COLUMNS_SHOWN).map((other) => `also: ${describe(other)}; ${allowedText(other)}`);
  const untold = others.length - told.length;
  throw new SnapkeepError('SNAPKEEP_VALUE_INEXACT', describe(first), {
    ...(others.length > 0 ? { notes: [...told, ...(untold > 0 ? [`and ${columnsText(untold)} more`] : [])] } : {}),
    hint: `Correct the value at the source, or allow a substitution: ${allowedText(first)}.`,
    quotes: { ...detailsOf(first), others: others.map(detailsOf) },
  });
}
