import { contentHashes } from '../../../engine/content-hash.ts';
import type { Run } from '../run.ts';
import { sortsAtOnce } from '../sort-way.ts';
import { type Staging, withPartRows } from '../staging.ts';
import { type Cuts, contentToCut, findCuts } from './cuts.ts';
import { type OlderFiles, olderFiles } from './reuse.ts';
import { partRows, type ToCut } from './size.ts';
import type { Part } from './view.ts';

/** How the rows are cut by key. */
export interface CutRows {
  /** With the plan as it will be carried out. */
  readonly staging: Staging;
  /** Of all rows. */
  readonly hash: string;
  readonly cuts: Cuts;
  readonly parts: readonly Part[];
  /** Whether the memory does to sort the rows of all parts at once. */
  readonly sortsAtOnce: boolean;
  /** Files of the newest version, of which some may hold the rows of a part. */
  readonly older: OlderFiles;
}

/** Where the plan cuts the rows by key: where, and the hash of all rows and of each part, in one pass. Their key must be unique. */
export async function cutByKey(
  { runtime, transaction, phases }: Pick<Run, 'runtime' | 'transaction' | 'phases'>,
  settled: Staging,
  toCut: ToCut,
): Promise<CutRows | undefined> {
  const { engine, plan } = settled;
  const { parts } = plan.output;
  if (parts === undefined) return undefined;
  return phases.measure('hash', async () => {
    const chosen = await partRows(runtime, settled, transaction, { parts, ...toCut });
    const cuts = await findCuts(engine, contentToCut(plan), chosen);
    const { whole, groups } = await contentHashes(engine, 'content', plan.columns, cuts.partOf);
    const none = { rows: 0, contentHash: whole };
    const list = Array.from({ length: cuts.count }, (_, number) => ({
      number,
      range: cuts.range(number),
      ...(groups.get(number) ?? none),
    }));
    const staging = withPartRows(settled, chosen);
    const older = olderFiles(runtime, transaction.layout, {
      plan: staging.plan,
      newest: toCut.newest,
      duckdb: engine.version,
    });
    return { staging, hash: whole, cuts, parts: list, sortsAtOnce: sortsAtOnce(settled, toCut), older };
  });
}
