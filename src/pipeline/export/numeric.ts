import { type ColumnPlan, type ExportPlan, heldType, type Manifest } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';

/** DuckDB's and most readers' widest DECIMAL. */
const MAX_PRECISION = 38;
/** Columns measured in one statement. */
const COLUMNS_PER_PASS = 64;

interface Digits {
  /** Before the point, without leading zeros. */
  readonly integer: number;
  /** Behind it, as the server shows them. */
  readonly scale: number;
  /** Behind it, without trailing zeros. */
  readonly leastScale: number;
  /** Whether every value shows the same number of decimals: then the DECIMAL keeps that too. */
  readonly sameScale: boolean;
}

async function measure(engine: Engine, indexes: readonly number[]): Promise<Digits[]> {
  const select = indexes.map((index) => {
    const value = `v${index}`;
    const integer = `strlen(ltrim(split_part(${value}, '.', 1), '-0'))`;
    const fraction = `split_part(${value}, '.', 2)`;
    return `coalesce(max(${integer}), 0) AS i${index}, coalesce(max(strlen(${fraction})), 0) AS s${index},
      coalesce(min(strlen(${fraction})), 0) AS least${index}, coalesce(max(strlen(rtrim(${fraction}, '0'))), 0) AS t${index}`;
  });
  const row = await engine.row(`SELECT ${select.join(', ')} FROM staged`);
  return indexes.map((index) => ({
    integer: Number(row[`i${index}`]),
    scale: Number(row[`s${index}`]),
    leastScale: Number(row[`t${index}`]),
    sameScale: row[`s${index}`] === row[`least${index}`],
  }));
}

interface Size {
  readonly integer: number;
  readonly scale: number;
}

/** The DECIMAL that the newest version gave this column; a new one is not narrower, so that readers see no change. */
function sizeBefore(column: ColumnPlan, before: Manifest | undefined): Size {
  const known = before?.plan.columns.find(({ name }) => name === column.name);
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(known?.type.kind === 'numeric' ? known.fileType : '');
  return match ? { integer: Number(match[1]) - Number(match[2]), scale: Number(match[2]) } : { integer: 0, scale: 0 };
}

/** The smallest size that holds every value, or nothing where none does. The server's decimals are kept where they fit. */
function sizeOf(digits: Digits, before: Size): Size | undefined {
  const candidates: Size[] = [
    { integer: Math.max(digits.integer, before.integer), scale: Math.max(digits.scale, before.scale) },
    { integer: digits.integer, scale: digits.scale },
    { integer: digits.integer, scale: digits.leastScale },
  ];
  return candidates.find(({ integer, scale }) => integer + scale <= MAX_PRECISION);
}

function resolved(column: ColumnPlan, digits: Digits, size: Size | undefined): ColumnPlan {
  if (!size) {
    return { ...column, parquetType: 'BYTE_ARRAY (STRING)', held: { kind: 'string' } };
  }
  const { scale } = size;
  const precision = Math.max(1, size.integer + scale);
  const fileType = `DECIMAL(${precision},${scale})`;
  const exact = digits.sameScale && digits.scale === scale;
  return {
    ...column,
    fileType,
    parquetType: fileType,
    held: { kind: 'decimal', precision, scale },
    fidelity: exact ? 'exact' : 'annotated',
  };
}

/**
 * Gives every numeric of no declared size the smallest DECIMAL that holds all of its staged values, and casts them;
 * text where none does.
 * @param before - the newest version's manifest, whose sizes are kept where they suffice
 */
export async function resolveNumerics(
  engine: Engine,
  plan: ExportPlan,
  before: Manifest | undefined,
): Promise<ExportPlan> {
  const indexes = plan.columns.flatMap((column, index) => (heldType(column).kind === 'numeric' ? [index] : []));
  if (indexes.length === 0) return plan;
  const columns = [...plan.columns];
  for (let from = 0; from < indexes.length; from += COLUMNS_PER_PASS) {
    const pass = indexes.slice(from, from + COLUMNS_PER_PASS);
    const measured = await measure(engine, pass);
    for (const [position, index] of pass.entries()) {
      const column = plan.columns[index];
      const digits = measured[position];
      if (!column || !digits) continue;
      const fixed = resolved(column, digits, sizeOf(digits, sizeBefore(column, before)));
      columns[index] = fixed;
      if (fixed.fileType !== 'VARCHAR') await engine.run(`ALTER TABLE staged ALTER v${index} TYPE ${fixed.fileType}`);
    }
  }
  return { ...plan, columns };
}
