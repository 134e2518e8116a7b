import type { ExportPlan } from '@snapkeep/sdk';
import { type Engine, readParquet } from '../../engine/engine.ts';
import { engineError } from '../../engine/engine-error.ts';
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

/** Kept and present rows beside each other, in the order of the file; a kept row as often as its key is there now. */
async function* pairs(
  engine: Engine,
  { files, manifest }: OpenQuarantine,
  now: ExportPlan,
  spill: QuarantineSpill,
): AsyncGenerator<Joined> {
  const { columns, key } = manifest.plan;
  const present = now.columns.map((_, index) => `c${index}`);
  const equal = key.map((name) => {
    const index = now.columns.findIndex((column) => column.name === name);
    return `${keptText(name)} IS NOT DISTINCT FROM p.c${index}`;
  });
  const read = readParquet(files, 'file_row_number = true');
  const kept = columns.map(({ name }) => keptText(name));
  const sql = `SELECT file_row_number::VARCHAR, p.reasons IS NOT NULL, ${[...kept, ...present.map((name) => `p.${name}`)].join(', ')}
    FROM ${read} AS k LEFT JOIN ${readRowsCsv(spill.path, ['reasons', ...present], spill.longestBytes)} AS p
    ON ${equal.join(' AND ')} ORDER BY file_row_number`;
  try {
    for await (const rows of (await engine.connection.stream(sql)).yieldRows()) {
      for (const [number, isThere, ...values] of rows) {
        const texts = values as (string | null)[];
        yield {
          number: String(number),
          texts: texts.slice(0, columns.length),
          present: isThere === true ? texts.slice(columns.length) : null,
        };
      }
    }
  } catch (error) {
    throw engineError(error);
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
