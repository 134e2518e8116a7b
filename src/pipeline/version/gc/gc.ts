import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommitPath, SnapkeepError } from '@snapkeep/sdk';
import { fsyncPath, sha256Of } from '../../../store/durable.ts';
import type { DatasetLayout } from '../../../store/layout.ts';
import { readRemovedText, withRemoved } from '../../../store/removed-file.ts';
import { Transaction } from '../../../store/transaction.ts';
import { readVersions, type VersionLine } from '../../../store/versions-file.ts';
import type { Runtime } from '../../runtime.ts';
import type { Place } from '../copies.ts';
import { lockForVersion } from '../lock.ts';
import { manifestsOf, snapshotRefs } from '../manifests.ts';
import { openVersions } from '../select.ts';
import { headOf } from '../stores.ts';
import { peoplesTags } from '../tags.ts';
import { findCandidates } from './candidates.ts';
import { type Judged, judge } from './judge.ts';
import { expiredSnapshots, keptVersions, type Retention } from './retention.ts';

export interface GcInput {
  readonly name: string;
  /** Over the configuration's, rule by rule. */
  readonly retention: Retention;
  readonly cache?: boolean | undefined;
  /** Also what is verified nowhere else. */
  readonly confirm?: boolean | undefined;
  readonly remote?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface EvictedSnapshot {
  readonly snapshot: string;
  /** Versions that name it, oldest first. */
  readonly versions: readonly number[];
  readonly bytes: number;
  /** Places that it left, or with `--dry-run` would. */
  readonly left: readonly ('workspace' | 'cache')[];
  /** A place that has all of it, verified; `null`: none was found. */
  readonly remains: Place | null;
  /** Why it stays; `null`: it left. */
  readonly stays: string | null;
}

/** The `data` of `version gc --json`. */
export interface GcResult {
  readonly dataset: string;
  readonly retention: { readonly keepLast: number; readonly keepDays: number; readonly keepTagged: boolean };
  /** Versions that the rules keep. */
  readonly kept: readonly number[];
  /** What they don't keep and was still here, oldest first. */
  readonly snapshots: readonly EvictedSnapshot[];
  /** Bytes of this disk that are free again. */
  readonly freedBytes: number;
  readonly commit: string | null;
  readonly dryRun: boolean;
}

/**
 * Lets the data of versions leave that the retention doesn't keep: from the work tree, with `cache` from the cache.
 * Manifest and pointer leave HEAD in one commit and stay in history; the version's line stays. Never the current version, and
 * without `confirm` nothing that isn't verified elsewhere.
 * @throws SNAPKEEP_USAGE where there is no retention, SNAPKEEP_REMOTE_FAILED
 */
export async function collectGarbage(runtime: Runtime, input: GcInput): Promise<GcResult> {
  const { layout, versions } = await openVersions(runtime, input.name);
  const retention = retentionOf(runtime, layout.dataset, input.retention);
  if (input.dryRun) {
    const { kept, judged } = await search(runtime, layout, versions, retention, input);
    return resultOf(layout, retention, kept, judged, { commit: null, dryRun: true });
  }
  await using _lock = await lockForVersion(runtime, layout);
  const now = await readVersions(layout);
  const { kept, judged } = await search(runtime, layout, now, retention, input);
  const leaving = judged.filter(({ stays }) => stays === null);
  const commit = leaving.length === 0 ? null : await evict(runtime, layout, now, leaving, input.cache ?? false);
  return resultOf(layout, retention, kept, judged, { commit, dryRun: false });
}

type Rules = GcResult['retention'];

function retentionOf(runtime: Runtime, dataset: string, given: Retention): Rules {
  const configured = runtime.config.datasets[dataset]?.retention;
  const named = Object.values(given).some((rule) => rule !== undefined);
  if (configured === undefined && !named) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `nothing says which versions of ${dataset} are kept`, {
      hint: `Write datasets.${dataset}.retention: {keepLast: 30} into the configuration, or give --keep-last N.`,
      details: { dataset },
    });
  }
  return {
    keepLast: given.keepLast ?? configured?.keepLast ?? 0,
    keepDays: given.keepDays ?? configured?.keepDays ?? 0,
    keepTagged: given.keepTagged ?? configured?.keepTagged ?? true,
  };
}

async function search(
  runtime: Runtime,
  layout: DatasetLayout,
  versions: readonly VersionLine[],
  rules: Rules,
  { cache = false, confirm = false, remote }: GcInput,
): Promise<{ kept: ReadonlySet<number>; judged: readonly Judged[] }> {
  const tagged = new Set(rules.keepTagged ? (await peoplesTags(runtime, layout, versions)).keys() : []);
  const kept = keptVersions(versions, rules, { nowMs: Date.now(), tagged });
  const candidates = await findCandidates(runtime, layout, expiredSnapshots(versions, kept), cache);
  return { kept, judged: await judge(runtime, candidates, { cache, confirm, remote }) };
}

function resultOf(
  layout: DatasetLayout,
  retention: Rules,
  kept: ReadonlySet<number>,
  judged: readonly Judged[],
  { commit, dryRun }: { readonly commit: string | null; readonly dryRun: boolean },
): GcResult {
  const leaving = judged.filter(({ stays }) => stays === null);
  return {
    dataset: layout.dataset,
    retention,
    kept: [...kept],
    snapshots: judged.map(({ manifest, versions, leaves, remains, stays }) => {
      const { snapshot, bytes } = manifest;
      return { snapshot, versions, bytes, left: stays === null ? leaves : [], remains, stays };
    }),
    freedBytes: leaving.reduce((sum, { freesBytes }) => sum + freesBytes, 0),
    commit,
    dryRun,
  };
}

/** @returns the commit; `null` where HEAD had nothing of them any more */
async function evict(
  runtime: Runtime,
  layout: DatasetLayout,
  versions: readonly VersionLine[],
  leaving: readonly Judged[],
  cache: boolean,
): Promise<string | null> {
  const transaction = await Transaction.begin(runtime.root, layout, 'gc', await headOf(runtime));
  let commit: string | null = null;
  try {
    const inHead = leaving.flatMap((one) => one.inHead);
    const lost = leaving.filter(({ remains }) => remains === null).map(({ ref }) => ref.snapshot);
    if (lost.length > 0) {
      const text = withRemoved(await readRemovedText(layout), lost, new Date().toISOString());
      await transaction.plan([], [layout.removed], { [layout.removed]: sha256Of(text) });
      await transaction.write(layout.removed, text);
    }
    if (inHead.length > 0 || lost.length > 0) {
      const folders = leaving.map(({ ref }) => ref.directory);
      await transaction.prepare(versions.at(-1)?.snapshot ?? '', [...inHead, ...folders]);
      commit = await commitRemoval(runtime, layout, transaction, leaving, { inHead, lost });
    }
    for (const path of inHead) await rm(layout.absolute(path), { force: true });
    await moveAway(layout, transaction, leaving);
  } catch (error) {
    await transaction.undo();
    throw error;
  }
  if (cache) await evictFromCache(runtime, layout, versions, leaving);
  await transaction.done();
  return commit;
}

async function commitRemoval(
  runtime: Runtime,
  layout: DatasetLayout,
  transaction: Transaction,
  leaving: readonly Judged[],
  { inHead, lost }: { readonly inHead: readonly string[]; readonly lost: readonly string[] },
): Promise<string | null> {
  const numbersOf = (some: readonly Judged[]) => some.flatMap(({ versions }) => versions).sort((a, b) => a - b);
  const gone = numbersOf(leaving.filter(({ ref }) => lost.includes(ref.snapshot)));
  const [first] = numbersOf(leaving.filter(({ ref }) => !lost.includes(ref.snapshot)));
  const { dataset } = layout;
  const [answer] = await runtime.emit('version:commit', {
    transaction: transaction.id,
    message: [
      `${dataset}: data of ${rangesText(numbersOf(leaving))} leave`,
      '',
      'Manifests and pointers stay in history, at the versions’ tags.',
      '',
      `Snapshots: ${leaving.length}`,
      ...(first === undefined ? [] : [`Restore: snapkeep version pull ${dataset} v${first}`]),
      ...(gone.length === 0 ? [] : [`No other copy was known of ${rangesText(gone)}.`]),
    ].join('\n'),
    paths: [
      ...inHead.map((path): CommitPath => ({ kind: 'removed', path })),
      ...(lost.length === 0 ? [] : [{ kind: 'file', path: layout.removed } as const]),
    ],
    versions: [],
  });
  transaction.committed();
  return answer?.result.commit ?? null;
}

/** `v1 to v3, v5` */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && number <= last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `v${from}` : `v${from} to v${to}`)).join(', ');
}

/** Each folder vanishes at once, for whoever reads; its files go with the transaction. */
async function moveAway(layout: DatasetLayout, transaction: Transaction, leaving: readonly Judged[]): Promise<void> {
  const away = join(transaction.directory, 'evicted');
  await mkdir(away, { recursive: true });
  for (const { ref } of leaving.filter(({ leaves }) => leaves.includes('workspace'))) {
    await rename(layout.absolute(ref.directory), join(away, ref.snapshot));
  }
  await fsyncPath(layout.absolute(layout.directory));
  await rm(away, { recursive: true, force: true });
}

async function evictFromCache(
  runtime: Runtime,
  layout: DatasetLayout,
  versions: readonly VersionLine[],
  leaving: readonly Judged[],
): Promise<void> {
  const gone = new Set(leaving.map(({ ref }) => ref.snapshot));
  const others = versions.filter(({ snapshot }) => !gone.has(snapshot));
  const manifests = [...(await manifestsOf(runtime, layout, others)).values()];
  await runtime.emit('version:evict', {
    // Their pointers have just left the work tree, with which `ref` was made.
    snapshots: await snapshotRefs(
      runtime,
      layout,
      leaving.map(({ manifest }) => manifest),
    ),
    keep: await snapshotRefs(runtime, layout, manifests),
  });
}
