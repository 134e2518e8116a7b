import { type ColumnPlan, type ExportPlan, heldType, type Manifest } from '@snapkeep/sdk';
import { fidelityOf, settleColumn } from '../../engine/column-plan.ts';
import { decimals, integerDigits } from '../../engine/decimal.ts';
import type { Engine } from '../../engine/engine.ts';
import { type Parts, partsAt } from '../../engine/layout.ts';
import { changeType, leavesOf, type TypePath } from '../../engine/type-paths.ts';

/** DuckDB's and most readers' widest DECIMAL. */
const MAX_PRECISION = 38;
/** Places measured in one statement. */
const PLACES_PER_PASS = 64;

/** Where numerics of no declared size stand: a column, or a part of it. */
interface Place {
  readonly index: number;
  readonly path: TypePath;
}

interface Digits {
  /** Before the point, without leading zeros. */
  readonly integer: number;
  /** Behind it, as the server shows them. */
  readonly scale: number;
  /** Whether every value shows the same number of decimals: then the DECIMAL keeps that too. */
  readonly sameScale: boolean;
}

/** SQL: the most, or the least, of what all numbers at a place measure; 0 where there is none. */
function extreme(which: 'max' | 'min', { sql, many }: Parts, measureOf: (number: string) => string): string {
  const inRow = many ? `list_${which}(list_transform(${sql}, lambda one: ${measureOf('one')}))` : measureOf(sql);
  return `coalesce(${which}(${inRow}), 0)`;
}

function numbersAt({ columns }: ExportPlan, { index, path }: Place): Parts | undefined {
  const column = columns[index];
  return column && partsAt(heldType(column), `v${index}`, path);
}

async function measure(engine: Engine, plan: ExportPlan, places: readonly Place[]): Promise<Digits[]> {
  const select = places.flatMap((place, position) => {
    const parts = numbersAt(plan, place);
    if (!parts) return [];
    return [
      `${extreme('max', parts, integerDigits)} AS i${position}`,
      `${extreme('max', parts, decimals)} AS s${position}`,
      `${extreme('min', parts, decimals)} AS least${position}`,
    ];
  });
  const row = await engine.row(`SELECT ${select.join(', ')} FROM staged`);
  return places.map((_, position) => ({
    integer: Number(row[`i${position}`]),
    scale: Number(row[`s${position}`]),
    sameScale: row[`s${position}`] === row[`least${position}`],
  }));
}

/** How many decimals it takes without trailing zeros. */
async function leastScale(engine: Engine, plan: ExportPlan, place: Place): Promise<number> {
  const parts = numbersAt(plan, place);
  if (!parts) return 0;
  const used = (number: string) => `strlen(rtrim(split_part(${number}, '.', 2), '0'))`;
  const { least } = await engine.row(`SELECT ${extreme('max', parts, used)} AS least FROM staged`);
  return Number(least);
}

interface Size {
  readonly integer: number;
  readonly scale: number;
}

/** The DECIMAL that the newest version gave this place; a new one is not narrower, so that readers see no change. */
function sizeBefore(column: ColumnPlan, path: TypePath, before: Manifest | undefined): Size {
  const known = before?.plan.columns.find(({ name }) => name === column.name);
  const held = known && leavesOf(known.type).get(path)?.kind === 'numeric' ? leavesOf(heldType(known)).get(path) : null;
  return held?.kind === 'decimal'
    ? { integer: held.precision - held.scale, scale: held.scale }
    : { integer: 0, scale: 0 };
}

const fits = ({ integer, scale }: Size) => integer + scale <= MAX_PRECISION;

/** The smallest size that holds every value, or nothing where none does. The server's decimals are kept where they fit. */
async function sizeOf(
  { integer, scale }: Digits,
  before: Size,
  leastScaleOf: () => Promise<number>,
): Promise<Size | undefined> {
  const kept = { integer: Math.max(integer, before.integer), scale: Math.max(scale, before.scale) };
  const found = [kept, { integer, scale }].find(fits);
  if (found) return found;
  const least = { integer, scale: await leastScaleOf() };
  return fits(least) ? least : undefined;
}

/** What was found at one path of a column. */
interface Found {
  readonly size: Size | undefined;
  readonly isExact: boolean;
}

function resolved(column: ColumnPlan, found: ReadonlyMap<TypePath, Found>): ColumnPlan {
  const held = changeType(heldType(column), {
    leaf: (leaf, path) => {
      if (leaf.kind !== 'numeric') return leaf;
      const size = found.get(path)?.size;
      if (!size) return { kind: 'string' };
      return { kind: 'decimal', precision: Math.max(1, size.integer + size.scale), scale: size.scale };
    },
  });
  return settleColumn(
    column,
    held,
    fidelityOf(column, (path) => found.get(path)?.isExact ?? false),
  );
}

/**
 * Gives every numeric of no declared size, also inside of lists, composites and ranges, the smallest DECIMAL that holds
 * all of its staged values; text where none does.
 * @param before - the newest version's manifest, whose sizes are kept where they suffice
 */
export async function resolveNumerics(
  engine: Engine,
  plan: ExportPlan,
  before: Manifest | undefined,
): Promise<ExportPlan> {
  const places = plan.columns.flatMap((column, index) =>
    [...leavesOf(heldType(column))].flatMap(([path, { kind }]): Place[] =>
      kind === 'numeric' ? [{ index, path }] : [],
    ),
  );
  if (places.length === 0) return plan;
  const found = new Map<number, Map<TypePath, Found>>();
  for (let from = 0; from < places.length; from += PLACES_PER_PASS) {
    const pass = places.slice(from, from + PLACES_PER_PASS);
    const measured = await measure(engine, plan, pass);
    for (const [position, place] of pass.entries()) {
      const { index, path } = place;
      const column = plan.columns[index];
      const digits = measured[position];
      if (!column || !digits) continue;
      const size = await sizeOf(digits, sizeBefore(column, path, before), () => leastScale(engine, plan, place));
      const isExact = size !== undefined && digits.sameScale && digits.scale === size.scale;
      found.set(index, (found.get(index) ?? new Map()).set(path, { size, isExact }));
    }
  }
  const columns = [...plan.columns];
  for (const [index, ofColumn] of found) {
    const column = plan.columns[index];
    if (!column) continue;
    columns[index] = resolved(column, ofColumn);
  }
  return { ...plan, columns };
}
