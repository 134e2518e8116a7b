import { isDeepStrictEqual } from 'node:util';
import type { ExportPlan, Manifest, Quarantine, SnapshotFile, Substitution } from '@snapkeep/sdk';
import { contentHash } from '../../engine/content-hash.ts';
import { preloadEngine } from '../../engine/engine.ts';
import { Transaction } from '../../store/transaction.ts';
import type { VersionLine } from '../../store/versions-file.ts';
import { emitAfter } from '../after.ts';
import { type Dataset, openDataset } from '../dataset.ts';
import type { Cause } from '../invalid/causes.ts';
import { substitutionText } from '../policy-text.ts';
import { findReferences, type Reference } from '../quality/references.ts';
import { joinQuarantine, type WrittenQuarantine, writeQuarantine } from '../quarantine/write.ts';
import type { Runtime } from '../runtime.ts';
import { type SchemaChange, schemaChanges } from '../schema/changes.ts';
import type { Compatibility } from '../schema/diff/levels.ts';
import { type SyncOutcome, syncDataset } from '../sync.ts';
import { lockAndRecover, lockForVersion } from '../version/lock.ts';
import { recordVersion } from '../version/record.ts';
import { headOf, preflightStores, startStoresEarly } from '../version/stores.ts';
import { type Reading, readAttempt } from './attempt.ts';
import { checkRead, checkSnapshot } from './check.ts';
import { demandCompatibility } from './demanded.ts';
import { commitMessage } from './messages.ts';
import { measureQuality } from './metrics.ts';
import { refuseForeignName } from './ownership.ts';
import { Phases } from './phases.ts';
import { manifestOf, publishSnapshot, writeFiles } from './publish.ts';
import { type ExportRequest, isVersioned } from './request.ts';
import { withPlannedSession } from './session.ts';
import { type Staging, settleStaging, shapeStaging } from './staging.ts';

/** What an export did; the `data` of `export --json`. */
export interface ExportResult {
  readonly dataset: string;
  readonly snapshot: string;
  /** `null` where the snapshot is no version of the dataset. */
  readonly version: number | null;
  readonly tag: string | null;
  readonly commit: string | null;
  readonly rows: number;
  readonly bytes: number;
  /** Relative to the project. */
  readonly path: string;
  readonly files: readonly SnapshotFile[];
  readonly contentHash: string;
  /** The newest version holds the same content: nothing was written. */
  readonly unchanged: boolean;
  readonly rejected: number;
  /** Most frequent first, at most 1,000. */
  readonly causes: readonly Cause[];
  /** The rejected rows in full, a part of the snapshot; `null` where none are kept. */
  readonly quarantine: Quarantine | null;
  /** The CSV of the rejected rows, relative to the project. */
  readonly report: string | null;
  /** What policies put in the place of values that the file can't hold exactly. */
  readonly substitutions: readonly Substitution[];
  readonly warnings: readonly string[];
  readonly synced: SyncOutcome['targets'];
  /** How often reading was begun. */
  readonly attempts: number;
  readonly durationMs: number;
  readonly phases: Readonly<Record<string, number>>;
}

/** The plan without a row moved; the `data` of `export --dry-run --json`. */
export interface ExportPreview {
  readonly dryRun: true;
  readonly plan: ExportPlan;
}

/** What an export would do, from the catalog alone. */
export async function previewExport(runtime: Runtime, request: ExportRequest): Promise<ExportPreview> {
  const dataset = await openDataset(runtime, request.name, request.as);
  if (isVersioned(request)) await preflightStores(runtime);
  return withPlannedSession(runtime, dataset, request, async ({ plan }) => {
    await refuseForeignName(dataset, plan);
    return { dryRun: true, plan };
  });
}

/** What the steps of one run share. */
interface Run {
  readonly runtime: Runtime;
  readonly request: ExportRequest;
  readonly dataset: Dataset;
  readonly transaction: Transaction;
  readonly phases: Phases;
  readonly warnings: string[];
  readonly compatibility: Compatibility | undefined;
  readonly references: ReadonlyMap<number, Reference>;
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
    try {
      result = await makeSnapshot(run, reading);
    } finally {
      reading.staging.close();
    }
  } catch (error) {
    await transaction.undo();
    throw error;
  } finally {
    await early?.[Symbol.asyncDispose]();
  }
  await transaction.done();
  const { snapshot, version, rows } = result;
  if (!result.unchanged) {
    await emitAfter(runtime, 'export:after', { dataset: dataset.name, snapshot, version, rows });
    if (version !== null) {
      await emitAfter(runtime, 'version:after', { dataset: dataset.name, version, snapshot, kind: 'export' });
    }
  }
  if (!request.sync) return { ...result, durationMs: phases.totalMs };
  const synced = await phases.measure('sync', () =>
    syncDataset(runtime, { name: dataset.name, ...(version === null ? { at: snapshot } : {}) }),
  );
  return { ...result, synced: synced.targets, durationMs: phases.totalMs, phases: phases.all };
}

/** A table of more rows needs the memory more than the second. */
const SMALL_ROWS = 500_000;

function isSmall({ relation }: ExportPlan): boolean {
  return relation.estimatedRows !== undefined && relation.estimatedRows <= SMALL_ROWS;
}

/** Staged rows become a published snapshot and, where they are to, a version. */
async function makeSnapshot(run: Run, reading: Reading): Promise<ExportResult> {
  const { runtime, request, transaction, phases } = run;
  const { staging: opened, counts, rejections, versions, newest } = reading;
  const { plan } = opened;
  const report = rejections.reportPath;
  const staging = await phases.measure('check', async () => {
    const shaped = await shapeStaging(opened, newest);
    await checkRead(shaped, counts);
    return settleStaging(shaped, newest);
  });
  const rows = counts.read - counts.rejected;
  if (rows === 0) warn(run, [`${plan.dataset} has no rows: the snapshot is empty, with the full schema`]);
  if (counts.rejected > 0) {
    const kept = rejections.spill ? 'are kept in quarantine' : 'were left out';
    warn(run, [
      `${counts.rejected.toLocaleString('en')} of ${counts.read.toLocaleString('en')} rows break the schema and ${kept}; the report: ${report}`,
    ]);
  }
  const rules = await phases.measure('check', () =>
    checkSnapshot(runtime, staging, rows, { newest, references: run.references }),
  );
  const hash = await phases.measure('hash', () => contentHash(staging.engine, 'content', staging.plan.columns));
  const kept = await phases.measure('write', () => keepRejected(run, reading, staging));
  const quarantine = kept?.quarantine ?? null;
  const line = versions.at(-1);
  const { substitutions } = staging;
  const isUnchanged = newest && isSame(newest, { hash, substitutions, quarantine });
  const same = line && isUnchanged && !request.force ? { manifest: newest, line } : undefined;
  const facts = {
    rejected: counts.rejected,
    causes: rejections.causes,
    quarantine,
    report: counts.rejected > 0 ? report.slice(runtime.root.length + 1) : null,
    substitutions,
    attempts: reading.attempt,
  };
  warn(run, substitutions.map(substitutionText));
  if (same) return unchangedResult(run, same, facts);
  demandCompatibility(newest, staging.plan, run.compatibility, true);
  if (newest) warn(run, describeChanges(newest, staging.plan));
  const quality = await phases.measure('metrics', () => measureQuality(staging));
  const written = await phases.measure('write', () =>
    writeFiles(runtime, staging, transaction, rows, counts.characters ?? 0),
  );
  if (kept) await joinQuarantine(kept, written.directory);
  const manifest = manifestOf(runtime, staging.engine, {
    plan: staging.plan,
    contentHash: hash,
    rows,
    files: written.files,
    quarantine,
    counts: { read: counts.read, rejected: counts.rejected, published: rows },
    validation: {
      outcome: outcomeOf(plan, counts.rejected, quarantine),
      causes: rejections.summary,
    },
    substitutions,
    quality: { ...quality, rules },
    phases: phases.all,
  });
  // DuckDB's memory and file are of no use to what follows.
  opened.close();
  runtime.signal.throwIfAborted();
  await phases.measure('publish', () => publishSnapshot(transaction, written.directory, manifest));
  const recorded = plan.versioned ? await record(run, manifest, versions) : null;
  return {
    ...resultOf(run, manifest, facts),
    version: recorded?.version ?? null,
    tag: recorded?.tag ?? null,
    commit: recorded?.commit ?? null,
  };
}

/** Told at once, and again in the result. */
function warn(run: Run, warnings: readonly string[]): void {
  run.warnings.push(...warnings);
  for (const warning of warnings) run.runtime.log.warn(warning);
}

/** Rows that the policy keeps beside the others become a file of the snapshot. */
async function keepRejected(
  { runtime, transaction }: Run,
  { rejections: { spill } }: Reading,
  staging: Staging,
): Promise<WrittenQuarantine | null> {
  return spill && spill.rows > 0 ? writeQuarantine(runtime, staging, spill, transaction.directory) : null;
}

function outcomeOf(
  plan: ExportPlan,
  rejected: number,
  quarantine: Quarantine | null,
): Manifest['validation']['outcome'] {
  if (plan.validation === null) return 'not validated';
  if (rejected === 0) return 'passed';
  return quarantine === null ? 'rejected rows left out' : 'rejected rows in quarantine';
}

interface Content {
  readonly hash: string;
  readonly substitutions: readonly Substitution[];
  readonly quarantine: Quarantine | null;
}

/** NULL that is the source's and NULL in the place of another value are the same bytes, but not the same data. */
function isSame(newest: Manifest, { hash, substitutions, quarantine }: Content): boolean {
  return (
    newest.contentHash === hash &&
    isDeepStrictEqual(newest.substitutions, substitutions) &&
    newest.quarantine?.contentHash === quarantine?.contentHash
  );
}

function windowText({ window }: ExportPlan): string {
  return window === null ? 'all rows' : `${window.column} from ${window.from ?? 'ever'} to ${window.to ?? 'now'}`;
}

/** What readers of `latest` will see change beside the rows themselves. */
function describeChanges(newest: Manifest, plan: ExportPlan): string[] {
  const narrower = plan.window !== null && newest.plan.window === null;
  const windows = narrower ? [`latest now holds ${windowText(plan)}; the last version held all rows`] : [];
  return [...windows, ...schemaChanges(newest.plan.columns, plan.columns).map(describeChange)];
}

function describeChange({ column, change, from, to }: SchemaChange): string {
  switch (change) {
    case 'type':
      return `column ${column} changes its type: ${from} → ${to}`;
    case 'nullable':
      return `column ${column} is ${to === 'NULL' ? 'allowed to be NULL' : 'never NULL any more'} since the last version`;
    default:
      return `column ${column} is ${change} since the last version`;
  }
}

async function record(
  { runtime, request, transaction, phases }: Run,
  manifest: Manifest,
  versions: readonly VersionLine[],
): Promise<{ version: number; tag: string | null; commit: string | null }> {
  const version = (versions.at(-1)?.version ?? 0) + 1;
  const texts = commitMessage(manifest, version, request.message);
  const recorded = await recordVersion(runtime, transaction, {
    versions,
    line: { version, snapshot: manifest.snapshot, kind: 'export', created: manifest.createdAt, message: texts.subject },
    manifest,
    files: [transaction.layout.manifest(manifest.snapshot)],
    track: true,
    commitMessage: texts.commit,
  });
  phases.add('track', recorded.trackMs);
  phases.add('commit', recorded.commitMs);
  return { version, tag: recorded.tag, commit: recorded.commit };
}

type RowFacts = Pick<ExportResult, 'rejected' | 'causes' | 'quarantine' | 'report' | 'substitutions' | 'attempts'>;

function resultOf({ transaction, phases, warnings }: Run, manifest: Manifest, facts: RowFacts): ExportResult {
  return {
    dataset: manifest.dataset,
    snapshot: manifest.snapshot,
    version: null,
    tag: null,
    commit: null,
    rows: manifest.rows,
    bytes: manifest.bytes,
    path: transaction.layout.snapshot(manifest.snapshot),
    files: manifest.files,
    contentHash: manifest.contentHash,
    unchanged: false,
    ...facts,
    warnings,
    synced: [],
    durationMs: phases.totalMs,
    phases: phases.all,
  };
}

function unchangedResult(
  run: Run,
  { manifest, line }: { manifest: Manifest; line: VersionLine },
  facts: RowFacts,
): ExportResult {
  return { ...resultOf(run, manifest, facts), version: line.version, unchanged: true };
}
