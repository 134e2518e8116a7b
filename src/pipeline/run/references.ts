import { join } from 'node:path';
import type { RuleResult } from '@snapkeep/sdk';
import { openEngine } from '../../engine/engine.ts';
import type { Made } from '../export/snapshot.ts';
import { askRules, judgeRules } from '../quality/check-rules.ts';
import { columnsThere, linkFiles, newestFor, type Reference } from '../quality/references.ts';
import { isOwn } from './failures.ts';
import type { Member } from './members.ts';
import type { Outcome } from './read.ts';

type MadeOutcome = Extract<Outcome, { readonly made: Made }>;

/** Where a dataset's Parquet files are now, absolute: not published yet, or those of the version that holds the same. */
function filesOf({ run, made }: MadeOutcome): string[] {
  const { layout } = run.transaction;
  const folder = made.directory ?? layout.absolute(layout.snapshot(made.manifest.snapshot));
  return made.manifest.files.map(({ path }) => join(folder, path));
}

function labelOf({ run, made }: MadeOutcome): string {
  const { dataset, versioned } = made.manifest.plan;
  const number = made.same?.version ?? (made.versions.at(-1)?.version ?? 0) + 1;
  return versioned || made.same ? `${dataset} v${number}` : `${run.dataset.name} ${made.manifest.snapshot}`;
}

/** What a rule refers to: what this run brought or, where that failed, what stays published. */
async function referenceFor(
  { run, made }: MadeOutcome,
  index: number,
  others: ReadonlyMap<string, MadeOutcome>,
): Promise<Reference | undefined> {
  const { plan } = made.manifest;
  const rule = plan.rules[index];
  if (!rule?.references) return undefined;
  const { references } = rule;
  const other = others.get(references.dataset);
  if (!other) return newestFor(run.runtime, plan.dataset, index, rule);
  const columns = columnsThere(plan.dataset, index, references, other.made.manifest.plan);
  return { label: labelOf(other), columns, files: filesOf(other) };
}

async function askLater(
  outcome: MadeOutcome,
  later: ReadonlySet<number>,
  others: ReadonlyMap<string, MadeOutcome>,
): Promise<ReadonlyMap<number, RuleResult>> {
  const { run, made } = outcome;
  const { directory } = run.transaction;
  const references = new Map<number, Reference>();
  for (const index of later) {
    const reference = await referenceFor(outcome, index, others);
    if (reference) references.set(index, reference);
  }
  const { memoryLimitMB } = run.runtime.config;
  const engine = await openEngine({
    spillDirectory: join(directory, 'spill'),
    confinedTo: directory,
    ...(memoryLimitMB === undefined ? {} : { memoryLimitMB }),
  });
  const abort = () => engine.interrupt();
  run.runtime.signal.addEventListener('abort', abort, { once: true });
  try {
    const own = await linkFiles(filesOf(outcome), join(directory, 'own'));
    await engine.run(`CREATE VIEW content AS SELECT * FROM ${own}`);
    const { plan } = made.manifest;
    const skipped = new Set([...plan.rules.keys()].filter((index) => !later.has(index)));
    return await askRules({ engine, plan, directory }, { newest: undefined, references, later: skipped });
  } finally {
    run.runtime.signal.removeEventListener('abort', abort);
    engine.close();
  }
}

/**
 * The rules that refer from one dataset of the run to another, over the files that are about to be published: also where
 * each refers to the other. Where one fails by that, those that refer to it are asked again, as its new rows will not be there.
 * @returns the outcomes, with what the rules found in the manifests; of one whose rule doesn't hold, the failure
 */
export async function checkTogether(outcomes: ReadonlyMap<Member, Outcome>): Promise<Map<Member, Outcome>> {
  const checked = new Map(outcomes);
  const made = new Map<string, MadeOutcome>();
  for (const [{ dataset }, outcome] of outcomes) if ('made' in outcome) made.set(dataset.name, outcome);
  let asked = [...outcomes.keys()];
  while (asked.length > 0) {
    const failed = new Set<string>();
    for (const member of asked) {
      const outcome = made.get(member.dataset.name);
      if (!outcome || member.later.size === 0) continue;
      const found = await checkOne(member, outcome, made);
      checked.set(member, found);
      if ('error' in found) failed.add(member.dataset.name);
    }
    for (const name of failed) made.delete(name);
    asked = [...outcomes.keys()].filter(({ dataset, later }) =>
      [...later].some((index) => failed.has(dataset.config.rules?.[index]?.references?.dataset ?? '')),
    );
  }
  return checked;
}

async function checkOne(
  { later }: Member,
  outcome: MadeOutcome,
  others: ReadonlyMap<string, MadeOutcome>,
): Promise<Outcome> {
  const { run, made } = outcome;
  try {
    const found = await run.phases.measure('check', () => askLater(outcome, later, others));
    judgeRules(run.runtime, found);
    return { run, made: withRules(made, found) };
  } catch (error) {
    if (!isOwn(error) || run.runtime.signal.aborted) throw error;
    return { error };
  }
}

/** In the order of the plan. The newest version's manifest stays as it is. */
function withRules(made: Made, found: ReadonlyMap<number, RuleResult>): Made {
  if (made.same) return made;
  const { manifest } = made;
  const rules = manifest.plan.rules.flatMap((_, index) => made.rules.get(index) ?? found.get(index) ?? []);
  return { ...made, manifest: { ...manifest, quality: { ...manifest.quality, rules } } };
}
