import type { ExportPlan } from '@snapkeep/sdk';
import { preloadEngine } from '../../engine/engine.ts';
import { Transaction } from '../../store/transaction.ts';
import { emitAfter } from '../after.ts';
import { openDataset } from '../dataset.ts';
import { findReferences } from '../quality/references.ts';
import type { Runtime } from '../runtime.ts';
import { syncDataset } from '../sync.ts';
import { lockAndRecover, lockForVersion } from '../version/lock.ts';
import { recordVersion } from '../version/record.ts';
import { headOf, preflightStores, startStoresEarly } from '../version/stores.ts';
import { type Reading, readAttempt } from './attempt.ts';
import { refuseForeignName } from './ownership.ts';
import { Phases } from './phases.ts';
import { type ExportRequest, isVersioned } from './request.ts';
import type { ExportPreview, ExportResult } from './result.ts';
import type { Run } from './run.ts';
import { withPlannedSession } from './session.ts';
import { madeResult, makeSnapshot, newVersion, publishMade } from './snapshot.ts';

/** What an export would do, from the catalog alone. */
export async function previewExport(runtime: Runtime, request: ExportRequest): Promise<ExportPreview> {
  const dataset = await openDataset(runtime, request.name, request.as);
  if (isVersioned(request)) await preflightStores(runtime);
  return withPlannedSession(runtime, dataset, request, async ({ plan }) => {
    await refuseForeignName(dataset, plan);
    return { dryRun: true, plan };
  });
}

/** A dataset becomes a snapshot and, unless it is narrowed or told otherwise, the newest version. */
export async function exportDataset(runtime: Runtime, request: ExportRequest): Promise<ExportResult> {
  const phases = new Phases();
  preloadEngine();
  const dataset = await openDataset(runtime, request.name, request.as);
  await using _lock = isVersioned(request)
    ? await phases.measure('preflight', () => lockForVersion(runtime, dataset.layout))
    : await lockAndRecover(runtime, dataset.layout);
  const head = isVersioned(request) ? await headOf(runtime) : null;
  const references = await findReferences(runtime, dataset.name, dataset.config.rules ?? []);
  const transaction = await Transaction.begin(runtime.root, dataset.layout, 'export', head);
  const compatibility = request.allowBreaking ? undefined : dataset.config.compatibility;
  const run: Run = { runtime, request, dataset, transaction, phases, warnings: [], compatibility, references };
  let result: ExportResult;
  // While the source is asked what there is to read.
  const early = isVersioned(request) ? await startStoresEarly(runtime) : undefined;
  try {
    await runtime.emit('export:before', { dataset: dataset.name });
    const reading = await withPlannedSession(runtime, dataset, request, async (planned) => {
      if (!isSmall(planned.plan)) await early?.[Symbol.asyncDispose]();
      return readAttempt(run, planned);
    });
    result = await makeVersion(run, reading);
  } catch (error) {
    await transaction.undo();
    throw error;
  } finally {
    await early?.[Symbol.asyncDispose]();
  }
  await transaction.done();
  await tellExported(runtime, result);
  if (!request.sync) return { ...result, durationMs: phases.totalMs };
  const { version, snapshot } = result;
  const synced = await phases.measure('sync', () =>
    syncDataset(runtime, { name: dataset.name, ...(version === null ? { at: snapshot } : {}) }),
  );
  return { ...result, synced: synced.targets, durationMs: phases.totalMs, phases: phases.all };
}

/** A table of more rows needs the memory more than the second. */
const SMALL_ROWS = 500_000;

export function isSmall({ relation }: ExportPlan): boolean {
  return relation.estimatedRows !== undefined && relation.estimatedRows <= SMALL_ROWS;
}

/** Staged rows become a published snapshot and, where they are to, a version. */
async function makeVersion(run: Run, reading: Reading): Promise<ExportResult> {
  try {
    const made = await makeSnapshot(run, reading);
    await publishMade(run, made);
    if (made.same || !isVersioned(run.request)) return madeResult(run, made);
    const version = newVersion(run, made);
    const { commit, tag, trackMs, commitMs } = await recordVersion(run.runtime, version);
    run.phases.add('track', trackMs);
    run.phases.add('commit', commitMs);
    return { ...madeResult(run, made), version: version.line.version, tag, commit };
  } finally {
    reading.staging.close();
  }
}

/** Plugins hear of what is new. */
export async function tellExported(runtime: Runtime, result: ExportResult): Promise<void> {
  const { dataset, snapshot, version, rows, unchanged } = result;
  if (unchanged) return;
  await emitAfter(runtime, 'export:after', { dataset, snapshot, version, rows });
  if (version !== null) await emitAfter(runtime, 'version:after', { dataset, version, snapshot, kind: 'export' });
}
