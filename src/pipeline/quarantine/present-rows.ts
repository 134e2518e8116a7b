import type { ExportPlan, Filter, TextBatch } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import { scanOf } from '../export/scan.ts';
import type { PlannedSession } from '../export/session.ts';
import { QuarantineSpill } from '../invalid/spill.ts';
import type { Runtime } from '../runtime.ts';
import { KeySet } from './key-set.ts';
import type { OpenQuarantine } from './open.ts';
import { keptRows } from './rows.ts';

/** So many rows are asked for one by one; for more the table is read once. */
const ASKED_ONE_BY_ONE = 200;

type Key = readonly (string | null)[];

interface Place {
  readonly runtime: Runtime;
  readonly engine: Engine;
  readonly opened: OpenQuarantine;
  readonly planned: Pick<PlannedSession, 'session' | 'plan'>;
  /** Absolute: where the rows are to wait. */
  readonly path: string;
}

function indexesOf(columns: readonly { readonly name: string }[], names: readonly string[]): number[] {
  return names.map((name) => columns.findIndex((column) => column.name === name));
}

function keyAt(texts: Key, indexes: readonly number[]): Key {
  return indexes.map((index) => texts[index] ?? null);
}

/** Whole rows of the relation, whatever window and filters an export would have. */
function scanned({ runtime, planned: { session, plan } }: Place, filters: readonly Filter[]): AsyncIterable<TextBatch> {
  const all: ExportPlan = { ...plan, window: null, limit: null, filters };
  return session.rows(scanOf(all), { batchRows: plan.batchRows }, runtime.context(plan.capabilities.source));
}

/**
 * The present rows of the source whose keys the quarantine has; and some more, at worst, where the table was read.
 * @returns where they wait: no reasons, then the text of each column
 */
export async function fetchPresentRows(place: Place): Promise<QuarantineSpill> {
  const { runtime, engine, opened, planned, path } = place;
  const { plan, columns } = { plan: opened.manifest.plan, columns: planned.plan.columns };
  const kept = indexesOf(plan.columns, plan.key);
  const few = (opened.quarantine?.rows ?? 0) <= ASKED_ONE_BY_ONE;
  const keys: Key[] = [];
  const set = new KeySet();
  for await (const { texts } of keptRows(engine, opened)) {
    const key = keyAt(texts, kept);
    if (few) keys.push(key);
    set.add(key);
  }
  const spill = new QuarantineSpill(path);
  const task = runtime.progress.start(`read ${opened.layout.dataset}`, { unit: 'rows' });
  let read = 0;
  const take = async (batches: AsyncIterable<TextBatch>, isWanted: (key: Key) => boolean) => {
    const present = indexesOf(columns, plan.key);
    for await (const batch of batches) {
      for (const texts of batch) if (isWanted(keyAt(texts, present))) await spill.add(texts, []);
      read += batch.length;
      task.update(read);
      runtime.signal.throwIfAborted();
    }
  };
  try {
    // A NULL is equal to nothing: only reading finds it.
    if (few && keys.every((key) => !key.includes(null))) {
      const different = new Map(keys.map((key) => [JSON.stringify(key), key]));
      for (const key of different.values()) {
        const filters = plan.key.map((column, index): Filter => ({ column, op: '=', value: key[index] ?? '' }));
        await take(scanned(place, filters), () => true);
      }
    } else await take(scanned(place, []), (key) => set.mayHave(key));
    await spill.close();
  } finally {
    task.end();
  }
  return spill;
}
