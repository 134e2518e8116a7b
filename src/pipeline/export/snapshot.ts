import { isDeepStrictEqual } from 'node:util';
import type { ExportPlan, Manifest, Quarantine, RuleResult, Substitution } from '@snapkeep/sdk';
import type { VersionLine } from '../../store/versions-file.ts';
import { substitutionText } from '../policy-text.ts';
import { joinQuarantine, type WrittenQuarantine, writeQuarantine } from '../quarantine/write.ts';
import type { NewVersion } from '../version/record.ts';
import type { Reading } from './attempt.ts';
import { describeChanges } from './changes-text.ts';
import { checkRead, checkSnapshot } from './check.ts';
import { demandCompatibility } from './demanded.ts';
import { releasingHeap } from './heap.ts';
import { hashStaged, makeFiles } from './make-files.ts';
import { withOneThreadAtLast } from './memory.ts';
import { commitMessage } from './messages.ts';
import { cutByKey } from './parts/cut.ts';
import { manifestOf, publishSnapshot } from './publish.ts';
import { type ExportResult, type RowFacts, resultOf } from './result.ts';
import { fitRowGroups } from './row-groups.ts';
import type { Run } from './run.ts';
import { type Staging, settleStaging, shapeStaging } from './staging.ts';

/** Only of some million rows a check takes longer: there what giving back the heap takes is little beside it. */
const LONG_CHECK_MS = 250;

/** A snapshot as it will be published, or the newest version, which holds the same. */
export interface Made {
  readonly manifest: Manifest;
  /** Where its files wait, absolute and private; `null` where nothing has to be written. */
  readonly directory: string | null;
  /** The newest version, where it holds the same. */
  readonly same: VersionLine | null;
  /** As they stood before. */
  readonly versions: readonly VersionLine[];
  /** What the rules found, by their place; those of `later` are missing. */
  readonly rules: ReadonlyMap<number, RuleResult>;
  readonly facts: RowFacts;
}

/** Staged rows, of which all holds that must, become files and a manifest that nobody sees yet. */
export async function makeSnapshot(run: Run, reading: Reading): Promise<Made> {
  const { runtime, request, phases } = run;
  const { staging: opened, counts, rejections, versions, newest } = reading;
  const { plan } = opened;
  const report = rejections.reportPath;
  const rows = counts.read - counts.rejected;
  const characters = counts.characters ?? 0;
  const settle = async () => {
    const shaped = await shapeStaging(opened, newest);
    await checkRead(shaped, counts);
    return fitRowGroups(await settleStaging(shaped, newest), { rows, characters, newest });
  };
  const settled = await phases.measure('check', () => releasingHeap(settle, LONG_CHECK_MS));
  if (rows === 0) warn(run, [`${plan.dataset} has no rows: the snapshot is empty, with the full schema`]);
  if (counts.rejected > 0) {
    // Told first: what follows is judged without them. It may still refuse the others, and then no quarantine comes to be.
    const [breaks, was] = counts.rejected === 1 ? ['breaks', 'was'] : ['break', 'were'];
    const apart = `${was} ${rejections.spill ? 'set aside' : 'left out'}`;
    warn(run, [
      `${counts.rejected.toLocaleString('en')} of ${counts.read.toLocaleString('en')} rows ${breaks} the schema and ${apart}; the report: ${report}`,
    ]);
  }
  const compared = { newest, references: run.references, later: run.later };
  const rules = await phases.measure('check', () =>
    releasingHeap(() => checkSnapshot(runtime, settled, rows, compared), LONG_CHECK_MS),
  );
  const cut = await releasingHeap(() =>
    withOneThreadAtLast(settled.engine, () => cutByKey(run, settled, { rows, characters, newest })),
  );
  const staging = cut?.staging ?? settled;
  // As many rows as in the newest version: perhaps they are the same, and nothing is to be written.
  const hashAlone = () => releasingHeap(() => withOneThreadAtLast(staging.engine, () => hashStaged(run, staging)));
  const known = cut?.hash ?? (newest?.rows === rows ? await hashAlone() : undefined);
  const kept = await phases.measure('write', () => keepRejected(run, reading, staging));
  const quarantine = kept?.quarantine ?? null;
  const line = versions.at(-1);
  const { substitutions } = staging;
  const facts = {
    rejected: counts.rejected,
    causes: rejections.causes,
    quarantine,
    report: counts.rejected > 0 ? report.slice(runtime.root.length + 1) : null,
    substitutions,
    attempts: reading.attempt,
  };
  warn(run, substitutions.map(substitutionText));
  if (
    line &&
    newest &&
    known &&
    isSame(newest, { key: staging.plan.key, hash: known, substitutions, quarantine }) &&
    !request.force
  ) {
    return { manifest: newest, directory: null, same: line, versions, rules, facts };
  }
  demandCompatibility(newest, staging.plan, run.compatibility, true);
  if (newest) warn(run, describeChanges(newest, staging.plan));
  const toWrite = { rows, characters, known, cut };
  const { hash, quality, files, directory } = await releasingHeap(() => makeFiles(run, staging, toWrite));
  if (kept) await joinQuarantine(kept, directory);
  const manifest = manifestOf(runtime, staging.engine, {
    ...(run.together ? { run: run.together } : {}),
    plan: staging.plan,
    contentHash: hash,
    rows,
    files,
    quarantine,
    counts: { read: counts.read, rejected: counts.rejected, published: rows },
    validation: {
      outcome: outcomeOf(plan, counts.rejected, quarantine),
      causes: rejections.summary,
    },
    substitutions,
    quality: { ...quality, rules: [...rules.values()] },
    phases: phases.all,
  });
  // DuckDB's memory and file are of no use to what follows.
  opened.close();
  return { manifest, directory, same: null, versions, rules, facts };
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
  /** By which rows are told apart, and compared with those of other versions. */
  readonly key: readonly string[];
  readonly hash: string;
  readonly substitutions: readonly Substitution[];
  readonly quarantine: Quarantine | null;
}

/** NULL that is the source's and NULL in the place of another value are the same bytes, but not the same data. */
function isSame(newest: Manifest, { key, hash, substitutions, quarantine }: Content): boolean {
  return (
    newest.contentHash === hash &&
    isDeepStrictEqual(newest.plan.key, key) &&
    isDeepStrictEqual(newest.substitutions, substitutions) &&
    newest.quarantine?.contentHash === quarantine?.contentHash
  );
}

/** Its files get their final place, where they have none yet. */
export async function publishMade({ runtime, transaction, phases }: Run, { manifest, directory }: Made): Promise<void> {
  if (directory === null) return;
  runtime.signal.throwIfAborted();
  await phases.measure('publish', () => publishSnapshot(transaction, directory, manifest));
}

/** The version that a new snapshot becomes. */
export function newVersion({ request, transaction }: Run, { manifest, versions }: Made): NewVersion {
  const version = (versions.at(-1)?.version ?? 0) + 1;
  const texts = commitMessage(manifest, version, request.message);
  return {
    transaction,
    versions,
    line: { version, snapshot: manifest.snapshot, kind: 'export', created: manifest.createdAt, message: texts.subject },
    manifest,
    files: [transaction.layout.manifest(manifest.snapshot)],
    track: true,
    commitMessage: texts.commit,
  };
}

/** What is told of it, before it is a version. */
export function madeResult({ transaction, phases, warnings }: Run, { manifest, same, facts }: Made): ExportResult {
  const path = transaction.layout.snapshot(manifest.snapshot);
  const times = { durationMs: phases.totalMs, phases: phases.all };
  const result = resultOf(manifest, { ...facts, ...times, path, warnings });
  return same ? { ...result, version: same.version, unchanged: true } : result;
}
