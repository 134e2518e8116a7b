import type { ExportPlan } from '@snapkeep/sdk';
import { type Engine, readParquet } from '../../engine/engine.ts';
import { readRowsCsv } from '../export/stage-sql.ts';
import type { QuarantineSpill } from '../invalid/spill.ts';
import type { OpenQuarantine } from './open.ts';
import { type KeptRow, keptText } from './rows.ts';

/** A row of the quarantine, and those that stand under its key in the source now. */
export interface KeptWithPresent extends KeptRow {
  readonly present: readonly (readonly (string | null)[])[];
}

interface Joined {
  readonly number: string;
  readonly texts: readonly (string | null)[];
  readonly present: readonly (string | null)[] | null;
}

/** Rows that are joined at once, and the bytes that they may take at worst: a join of all would have to hold one side. */
const BLOCK_ROWS = 20_000;
const BLOCK_BYTES = 32 * 1024 * 1024;

/** Kept and present rows as tables: what is in a table can wait on disk. */
async function loadTables(
  engine: Engine,
  { files, manifest }: OpenQuarantine,
  present: readonly string[],
  spill: QuarantineSpill,
): Promise<void> {
  const kept = manifest.plan.columns.map(({ name }, index) => `${keptText(name)} AS k${index}`);
  await engine.run(
    `CREATE TABLE kept AS SELECT file_row_number AS n, ${kept.join(', ')} FROM ${readParquet(files, 'file_row_number = true')}`,
  );
  const rows = readRowsCsv(spill.path, ['reasons', ...present], spill.longestBytes);
  await engine.run(`CREATE TABLE present AS SELECT true AS is_there, ${present.join(', ')} FROM ${rows}`);
}

/** Kept and present rows beside each other, in the order of the file; a kept row as often as its key is there now. */
async function* pairs(
  engine: Engine,
  opened: OpenQuarantine,
  now: ExportPlan,
  spill: QuarantineSpill,
): AsyncGenerator<Joined> {
  const { columns, key } = opened.manifest.plan;
  const present = now.columns.map((_, index) => `c${index}`);
  await loadTables(engine, opened, present, spill);
  const equal = key.map((name) => {
    const [kept, there] = [columns, now.columns].map((of) => of.findIndex((column) => column.name === name));
    return `k${kept} IS NOT DISTINCT FROM c${there}`;
  });
  const texts = [...columns.map((_, index) => `k${index}`), ...present].join(', ');
  const rows = opened.quarantine?.rows ?? 0;
  const blockRows = Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_BYTES / Math.max(1, spill.longestBytes))));
  for (let from = 0; from < rows; from += blockRows) {
    const block = `(SELECT * FROM kept WHERE n >= ${from} AND n < ${from + blockRows})`;
    const sql = `SELECT n::VARCHAR, is_there, ${texts} FROM ${block} LEFT JOIN present ON ${equal.join(' AND ')} ORDER BY n`;
    for await (const some of engine.streamRows(sql)) {
      for (const [number, isThere, ...values] of some) {
        const both = values as (string | null)[];
        yield {
          number: String(number),
          texts: both.slice(0, columns.length),
          present: isThere === true ? both.slice(columns.length) : null,
        };
      }
    }
  }
}

/** Every row of the quarantine once, with what is under its key now. */
export async function* joinedRows(
  engine: Engine,
  opened: OpenQuarantine,
  now: ExportPlan,
  spill: QuarantineSpill,
): AsyncGenerator<KeptWithPresent> {
  let number: string | undefined;
  let texts: Joined['texts'] = [];
  let present: (readonly (string | null)[])[] = [];
  for await (const pair of pairs(engine, opened, now, spill)) {
    if (pair.number !== number) {
      if (number !== undefined) yield { violations: [], texts, present };
      [number, texts, present] = [pair.number, pair.texts, []];
    }
    if (pair.present !== null) present.push(pair.present);
  }
  if (number !== undefined) yield { violations: [], texts, present };
}
