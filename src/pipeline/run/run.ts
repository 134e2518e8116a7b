import { isSnapkeepError, type Log, SnapkeepError } from '@snapkeep/sdk';
import { preloadEngine } from '../../engine/engine.ts';
import { newTransactionId, type Together, Transaction } from '../../store/transaction.ts';
import { isSmall, tellExported } from '../export/export.ts';
import { runMessage } from '../export/messages.ts';
import { Phases } from '../export/phases.ts';
import { isVersioned } from '../export/request.ts';
import type { ExportResult } from '../export/result.ts';
import type { Run } from '../export/run.ts';
import { madeResult, newVersion, publishMade } from '../export/snapshot.ts';
import type { Runtime } from '../runtime.ts';
import { syncDataset } from '../sync.ts';
import { lockAll, lockAllForVersion } from '../version/lock.ts';
import { recordVersions } from '../version/record.ts';
import { headOf, preflightStores, startStoresEarly } from '../version/stores.ts';
import { type Failure, failedDataset, runError } from './failures.ts';
import { jobsOf, type Member, openMembers } from './members.ts';
import { type Outcome, planAll, readTogether, withOneInstant } from './read.ts';
import { checkTogether } from './references.ts';
import type { RunPreview, RunRequest, RunResult } from './request.ts';

/** What a run would do, from the catalog alone. */
export async function previewRun(runtime: Runtime, request: RunRequest): Promise<RunPreview> {
  const members = await openMembers(runtime, request);
  if (isVersionedRun(request)) await preflightStores(runtime);
  const jobs = jobsOf(request, members.length);
  return withOneInstant(runtime, members, request, jobs, async (opened) => {
    const planned = await planAll(runtime, opened);
    const error = runError(members.length, failuresOf(opened.errors), []);
    if (error) throw error;
    const plans = planned.map(({ planned: { plan } }) => plan);
    return { dryRun: true, jobs: Math.min(jobs, opened.session.jobs), plans };
  });
}

/**
 * Datasets become snapshots of one instant and, in one commit, their newest versions: all of them, or with `keepGoing` those
 * that could be made. Then those with sync targets are loaded into them.
 * @returns the result and, where something failed beside what was published, the error with which to end
 */
export async function runDatasets(
  runtime: Runtime,
  request: RunRequest,
): Promise<{ readonly result: RunResult; readonly failure: SnapkeepError | undefined }> {
  const started = performance.now();
  preloadEngine();
  const members = await openMembers(runtime, request);
  const layouts = members.map(({ dataset }) => dataset.layout);
  const versioned = isVersionedRun(request);
  await using _lock = versioned ? await lockAllForVersion(runtime, layouts) : await lockAll(runtime, layouts);
  const together = { transaction: newTransactionId(), datasets: layouts.map(({ dataset }) => dataset) };
  const exported = await exportTogether(runtime, request, members, together);
  for (const result of exported.results) await tellExported(runtime, result);
  const synced = request.sync ? await syncAll(runtime, exported.results) : { results: exported.results, failures: [] };
  const failures = [...exported.failures, ...synced.failures];
  const { instant, jobs, attempt } = exported;
  const result: RunResult = {
    run: together.transaction,
    instant,
    jobs,
    attempts: attempt,
    commit: exported.results.find(({ commit }) => commit !== null)?.commit ?? null,
    datasets: synced.results,
    failed: failures.map(failedDataset),
    durationMs: Math.round(performance.now() - started),
  };
  return { result, failure: runError(members.length, failures, synced.results) };
}

function isVersionedRun({ each }: RunRequest): boolean {
  return isVersioned({ ...each, name: '' });
}

/** All up to the commit and what follows from it, or nothing at all. */
async function exportTogether(runtime: Runtime, request: RunRequest, members: readonly Member[], together: Together) {
  const versioned = isVersionedRun(request);
  const head = versioned ? await headOf(runtime) : null;
  const transactions = new Map<Member, Transaction>();
  // While the source is asked what there is to read.
  const early = versioned ? await startStoresEarly(runtime) : undefined;
  const undo = async () => {
    for (const transaction of transactions.values()) await transaction.undo();
  };
  try {
    for (const member of members) {
      const { layout } = member.dataset;
      transactions.set(member, await Transaction.begin(runtime.root, layout, 'run', head, together));
    }
    for (const { dataset } of members) await runtime.emit('export:before', { dataset: dataset.name });
    const newRun = (member: Member, within: Runtime) =>
      runOf(within, request, member, transactions.get(member), together);
    const jobs = jobsOf(request, members.length);
    const read = await readTogether(runtime, members, request, jobs, newRun, async (plans) => {
      if (!plans.every(isSmall)) await early?.[Symbol.asyncDispose]();
    });
    const outcomes = await checkTogether(read.outcomes);
    const failures = failuresOf(outcomes);
    const all = runError(members.length, failures, []);
    if (all && (!request.keepGoing || failures.length === members.length)) throw all;
    for (const [member, outcome] of outcomes) if ('error' in outcome) await transactions.get(member)?.undo();
    const results = await publishAll(runtime, request, outcomes);
    for (const transaction of transactions.values()) await transaction.done();
    const { instant, jobs: used, attempt } = read;
    return { results, failures, instant, jobs: used, attempt };
  } catch (error) {
    await undo();
    throw error;
  } finally {
    await early?.[Symbol.asyncDispose]();
  }
}

function runOf(
  runtime: Runtime,
  { each }: RunRequest,
  { dataset, prepared, references, later }: Member,
  transaction: Transaction | undefined,
  { transaction: id, datasets }: Together,
): Run {
  if (!transaction) throw new SnapkeepError('SNAPKEEP_INTERNAL', `no transaction of ${dataset.name} was begun`);
  return {
    runtime: datasets.length > 1 ? { ...runtime, log: named(runtime.log, dataset.name) } : runtime,
    request: prepared.request,
    dataset,
    transaction,
    phases: new Phases(),
    warnings: [],
    compatibility: each.allowBreaking ? undefined : dataset.config.compatibility,
    references,
    later,
    together: { id, datasets },
  };
}

/** Of several datasets each says who speaks. */
function named(log: Log, dataset: string): Log {
  const line = (message: string) => (message.startsWith(dataset) ? message : `${dataset}: ${message}`);
  return {
    warn: (message) => log.warn(line(message)),
    info: (message) => log.info(line(message)),
    verbose: (message) => log.verbose(line(message)),
    debug: (message) => log.debug(line(message)),
  };
}

function failuresOf(outcomes: ReadonlyMap<Member, Outcome | SnapkeepError>): Failure[] {
  return [...outcomes].flatMap(([{ dataset }, outcome]): Failure[] => {
    const error = isSnapkeepError(outcome) ? outcome : 'error' in outcome ? outcome.error : undefined;
    return error ? [{ dataset: dataset.name, stage: 'export', error }] : [];
  });
}

/** Every snapshot gets its place, then one commit makes the new ones versions. */
async function publishAll(
  runtime: Runtime,
  { each }: RunRequest,
  outcomes: ReadonlyMap<Member, Outcome>,
): Promise<ExportResult[]> {
  const made = [...outcomes.values()].flatMap((outcome) => ('made' in outcome ? [outcome] : []));
  for (const one of made) await publishMade(one.run, one.made);
  const fresh = made.filter((one) => !one.made.same && one.made.manifest.plan.versioned);
  const versions = fresh.map((one) => newVersion(one.run, one.made));
  const recorded = await recordVersions(runtime, versions, runMessage(versions, each.message));
  return made.map((one) => {
    const index = fresh.indexOf(one);
    const [version, record] = [versions[index], recorded[index]];
    if (version && record) {
      one.run.phases.add('track', record.trackMs);
      one.run.phases.add('commit', record.commitMs);
    }
    const result = madeResult(one.run, one.made);
    return version && record
      ? { ...result, version: version.line.version, tag: record.tag, commit: record.commit }
      : result;
  });
}

/** Those that have targets, one after the other; one that fails keeps no other from its own. */
async function syncAll(
  runtime: Runtime,
  results: readonly ExportResult[],
): Promise<{ results: ExportResult[]; failures: Failure[] }> {
  const synced: ExportResult[] = [];
  const failures: Failure[] = [];
  for (const result of results) {
    const { dataset, version, snapshot } = result;
    if ((runtime.config.datasets[dataset]?.sync?.length ?? 0) === 0) {
      synced.push(result);
      continue;
    }
    try {
      const at = version === null ? { at: snapshot } : {};
      synced.push({ ...result, synced: (await syncDataset(runtime, { name: dataset, ...at })).targets });
    } catch (error) {
      if (!isSnapkeepError(error) || runtime.signal.aborted) throw error;
      failures.push({ dataset, stage: 'sync', error });
      synced.push(result);
    }
  }
  return { results: synced, failures };
}
