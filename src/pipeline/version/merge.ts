import { rm } from 'node:fs/promises';
import type { CommitPath, Incoming } from '@snapkeep/sdk';
import { contentOf, readLinkTarget, sha256Of } from '../../store/durable.ts';
import { readLatest } from '../../store/latest.ts';
import type { DatasetLayout } from '../../store/layout.ts';
import { Transaction } from '../../store/transaction.ts';
import { linesOf, type VersionLine, versionsText } from '../../store/versions-file.ts';
import {
  historiesIn,
  identityOf,
  keptFirst,
  type MergedVersions,
  mergeHistories,
  mergeLines,
  type RenumberedVersion,
} from '../../store/versions-merge.ts';
import { resolveDataset } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { lockAndRecover } from './lock.ts';
import { openVersions } from './select.ts';
import { fileAtCommit, incomingOf, revisionsOf } from './stores.ts';

export interface MergeInput {
  readonly name: string;
  readonly dryRun?: boolean | undefined;
}

/** The `data` of `version merge --json`. */
export interface MergeResult {
  readonly dataset: string;
  /** What git has under way; `null` where the files alone held two histories. */
  readonly operation: Incoming['operation'];
  /** How many there are now. */
  readonly versions: number;
  /** The snapshot that is current now. */
  readonly latest: string;
  readonly renumbered: readonly RenumberedVersion[];
  /** Paths that were written, and staged where a store does that. */
  readonly written: readonly string[];
  readonly staged: boolean;
  /** Other paths that are in conflict still. */
  readonly conflicts: readonly string[];
  /** Commands that come next, in their order. */
  readonly next: readonly string[];
  readonly unchanged: boolean;
  readonly dryRun: boolean;
}

/**
 * Two histories of a dataset become one: what a merge, a rebase or a cherry-pick left undecided, or what a union merge
 * made of versions.ndjson. The files are written and staged; the commit is the user's, as that of every merge.
 * @throws SNAPKEEP_DATASET_UNKNOWN, SNAPKEEP_INTEGRITY, SNAPKEEP_GIT_STATE, SNAPKEEP_GIT_FAILED
 */
export async function mergeVersions(runtime: Runtime, input: MergeInput): Promise<MergeResult> {
  const { layout } = resolveDataset(runtime, input.name);
  const { dryRun = false } = input;
  if ((await contentOf(layout.absolute(layout.versions))) === null) await openVersions(runtime, input.name);
  if (dryRun) return resultOf(layout, await planMerge(runtime, layout), { staged: false, dryRun });
  // Not by lockForVersion: it would refuse just what this is for, a merge under way.
  await using _lock = await lockAndRecover(runtime, layout);
  const plan = await planMerge(runtime, layout);
  if (plan.written.length === 0) return resultOf(layout, plan, { staged: false, dryRun });
  const transaction = await Transaction.begin(runtime.root, layout, 'version merge', null);
  try {
    const staged = await writeMerged(runtime, transaction, plan);
    await transaction.done();
    return resultOf(layout, plan, { staged, dryRun });
  } catch (error) {
    await transaction.undo();
    throw error;
  }
}

interface MergePlan extends MergedVersions {
  readonly incoming: Incoming;
  /** New text by path: versions.ndjson, notes.ndjson, removed.ndjson, each where it must be written. */
  readonly texts: Readonly<Record<string, string>>;
  readonly latest: string;
  /** What is written and staged: the paths of `texts`, and `latest`. */
  readonly written: readonly string[];
}

/** What the merged files hold; reads only. */
async function planMerge(runtime: Runtime, layout: DatasetLayout): Promise<MergePlan> {
  const incoming = await incomingOf(runtime);
  const { operation, commit, before } = incoming;
  const at = async (rev: string | null, path: string) =>
    rev === null ? '' : ((await fileAtCommit(runtime, rev, path)) ?? '');
  const sides = operation === 'merge' ? ['HEAD', commit] : [commit, 'HEAD'];
  const textsOf = (path: string) => Promise.all(operation === null ? [] : sides.map((side) => at(side, path)));

  const present = (await contentOf(layout.absolute(layout.versions))) ?? '';
  const found = operation === null ? [present] : await textsOf(layout.versions);
  const histories = found.flatMap((text) => historiesIn(text, layout.versions)).filter(({ length }) => length > 0);
  const left = historiesIn(await at(before, layout.versions), layout.versions).flat();
  const published = operation === 'merge' || operation === null ? await publishedVersions(runtime, layout) : NONE;
  const merged = mergeHistories(keptFirst(histories, published), left);
  const settled = settledVersions(present, merged.versions, layout);
  const versions = settled ?? merged.versions;
  const latest = versions.at(-1)?.snapshot ?? '';

  const old: Record<string, string> = { [layout.versions]: present };
  const wanted: Record<string, string> = { [layout.versions]: settled ? present : versionsText(versions) };
  for (const path of [layout.notes, layout.removed]) {
    const now = (await contentOf(layout.absolute(path))) ?? '';
    old[path] = now;
    wanted[path] = mergeLines([...(await textsOf(path)).toReversed(), now], await at(before, path));
  }
  const undecided = (path: string) => incoming.conflicts.includes(path);
  const differ = Object.keys(wanted).filter((path) => wanted[path] !== old[path] || undecided(path));
  const { target } = await readLatest(layout);
  const ours = differ.length > 0 || operation !== null;
  const written = [...differ, ...((ours && target !== latest) || undecided(layout.latest) ? [layout.latest] : [])];
  const texts = Object.fromEntries(differ.map((path) => [path, wanted[path] ?? '']));
  return { incoming, versions, renumbered: settled ? [] : merged.renumbered, texts, latest, written };
}

const NONE: ReadonlySet<string> = new Set();

/** Those that the branch's upstream has, as far as it is known here. */
async function publishedVersions(runtime: Runtime, layout: DatasetLayout): Promise<ReadonlySet<string>> {
  const [upstream] = (await revisionsOf(runtime, '@{upstream}')).matches;
  const text = upstream ? await fileAtCommit(runtime, upstream.commit, layout.versions) : null;
  return new Set(
    historiesIn(text ?? '', layout.versions)
      .flat()
      .map(identityOf),
  );
}

/** The file as it is, where it is one history already and lacks nothing: somebody decided. */
function settledVersions(
  present: string,
  all: readonly VersionLine[],
  { versions: path }: DatasetLayout,
): readonly VersionLine[] | undefined {
  const [only = [], ...others] = historiesIn(present, path);
  const there = new Set(only.map(identityOf));
  if (others.length > 0 || only.length < linesOf(present).length) return undefined;
  return all.every((line) => there.has(identityOf(line))) ? only : undefined;
}

/** @returns whether a store staged the paths */
async function writeMerged(runtime: Runtime, transaction: Transaction, plan: MergePlan): Promise<boolean> {
  const { layout } = transaction;
  const { texts, latest, written } = plan;
  const sums = Object.entries(texts).map(([path, text]): [string, string] => [path, sha256Of(text)]);
  await transaction.plan([], Object.keys(texts), Object.fromEntries(sums));
  for (const [path, text] of Object.entries(texts)) await transaction.write(path, text);
  runtime.signal.throwIfAborted();
  const paths = written.map(
    (path): CommitPath => (path === layout.latest ? { kind: 'link', path, target: latest } : { kind: 'file', path }),
  );
  // Before it is staged, so that git learns of the link as it stands.
  const link = layout.absolute(layout.latest);
  const before = await readLinkTarget(link);
  if (before !== latest) await transaction.pointLatest(latest);
  try {
    const answers = await runtime.emit('version:stage', { paths });
    transaction.committed();
    return answers.length > 0;
  } catch (error) {
    if (before === null) await rm(link, { force: true });
    else if (before !== latest) await transaction.pointLatest(before);
    throw error;
  }
}

const ENDS: Readonly<Record<NonNullable<Incoming['operation']>, string>> = {
  merge: 'git commit --no-edit',
  rebase: 'git rebase --continue',
  'cherry-pick': 'git cherry-pick --continue',
};

function resultOf(
  layout: DatasetLayout,
  { incoming, versions, latest, renumbered, written }: MergePlan,
  { staged, dryRun }: { readonly staged: boolean; readonly dryRun: boolean },
): MergeResult {
  const { dataset } = layout;
  const { operation } = incoming;
  const conflicts = incoming.conflicts.filter((path) => !written.includes(path));
  const unchanged = written.length === 0;
  const next = [
    ...(staged || dryRun || unchanged ? [] : [`git add -- ${written.join(' ')}`]),
    operation === null ? `git commit -m "${dataset}: both histories"` : ENDS[operation],
    `snapkeep version tag ${dataset} --restore`,
  ];
  return {
    dataset,
    operation,
    versions: versions.length,
    latest,
    renumbered,
    written,
    staged,
    conflicts,
    next: operation === null && unchanged ? [] : next,
    unchanged,
    dryRun,
  };
}
