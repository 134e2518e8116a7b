import { type CommitPath, type CommitVersion, isSnapkeepError } from '@snapkeep/sdk';
import { refuseLinks } from '../../store/containment.ts';
import { readLatest, refuseForeignLatest } from '../../store/latest.ts';
import { type DatasetLayout, tagOf } from '../../store/layout.ts';
import { type Lock, lockDataset, tryLockDataset } from '../../store/lock.ts';
import { readManifest } from '../../store/manifest-file.ts';
import { leftovers, recoverDataset } from '../../store/recovery.ts';
import type { Journal } from '../../store/transaction.ts';
import { readVersions } from '../../store/versions-file.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { isCommitted, preflightStores, unlockStores } from './stores.ts';

/** The sole right to change a dataset, waited for as long as the command was told to; what a dead run left of it is healed first, in one line each. */
export async function lockAndRecover(
  runtime: Runtime,
  layout: DatasetLayout,
  { latest = 'a link' }: { readonly latest?: 'a link' | 'anything' } = {},
): Promise<Lock> {
  const lock = await lockDataset(runtime.root, layout.dataset, runtime);
  try {
    await refuseLinks(runtime.root, layout.directory);
    if (latest === 'a link') await refuseForeignLatest(layout);
    const others = await changedTogether(runtime, layout.dataset);
    await recover(runtime, layout);
    for (const other of others) await recoverIfFree(runtime, other);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function recover(runtime: Runtime, layout: DatasetLayout): Promise<void> {
  const healed = await recoverDataset(runtime.root, layout, {
    unlock: (journal) => unlockStores(runtime, journal),
    isCommitted: async (journal) => isCommitted(runtime, journal, (await readLatest(layout)).target),
    complete: async (paths, journal) => {
      const { transaction, removed = [] } = journal;
      const all = [
        ...paths.map((path): CommitPath => ({ kind: 'file', path })),
        ...removed.map((path): CommitPath => ({ kind: 'removed', path })),
      ];
      const versions = await versionOf(layout, journal);
      await runtime.emit('version:commit', { transaction, message: '', paths: all, versions, committed: true });
    },
  });
  for (const line of healed) runtime.log.warn(line);
}

/** Datasets that a dead run changed together with this one. */
async function changedTogether(runtime: Runtime, dataset: string): Promise<string[]> {
  const dead = (await leftovers(runtime.root)).flatMap(({ journal }) => journal ?? []);
  const others = dead.filter((journal) => journal.dataset !== dataset && journal.together?.includes(dataset));
  return others.map((journal) => journal.dataset);
}

/** Unless somebody works on it, who has healed it then. What stands in the way is told by the next command on it. */
async function recoverIfFree(runtime: Runtime, dataset: string): Promise<void> {
  await using lock = await tryLockDataset(runtime.root, dataset, runtime.command);
  if (!lock) return;
  const layout = layoutOf(runtime, dataset);
  try {
    await refuseLinks(runtime.root, layout.directory);
    await refuseForeignLatest(layout);
    await recover(runtime, layout);
  } catch (error) {
    if (!isSnapkeepError(error) || runtime.signal.aborted) throw error;
    runtime.log.warn(`what a dead run left of ${dataset} could not be healed: ${error.message}`);
  }
}

/** The version that the run recorded, if it was one that does. */
async function versionOf(layout: DatasetLayout, journal: Journal): Promise<CommitVersion[]> {
  if (journal.written[layout.versions] === undefined) return [];
  const line = (await readVersions(layout)).findLast(({ snapshot }) => snapshot === journal.latest);
  if (line === undefined) return [];
  const { version, snapshot, kind, message } = line;
  const { rows, bytes } = await readManifest(layout, snapshot);
  const { dataset } = layout;
  return [{ dataset, version, tag: tagOf(dataset, version), message, snapshot, kind, rows, bytes }];
}

export interface LockedInAdvance {
  readonly lock: Lock;
  /** The stores could record a version now; rejects where they couldn't. */
  readonly ready: Promise<void>;
}

/** As `lockForVersion`, for a command that has much to read before it writes: it may begin while the stores are asked. */
export async function lockInAdvance(runtime: Runtime, layout: DatasetLayout): Promise<LockedInAdvance> {
  if ((await leftovers(runtime.root)).length > 0) {
    return { lock: await lockForVersion(runtime, layout), ready: Promise.resolve() };
  }
  const ready = preflightStores(runtime);
  // Whoever locked awaits it later.
  ready.catch(() => undefined);
  return { lock: await lockAndRecover(runtime, layout), ready };
}

/**
 * The same for a command that will record a version. Where the stores could not, nothing is touched; but what a dead
 * run left is healed before they are asked, because its locks are among what they look for.
 */
export function lockForVersion(runtime: Runtime, layout: DatasetLayout): Promise<Lock> {
  return lockAllForVersion(runtime, [layout]);
}

/** The same for several datasets at once. */
export async function lockAllForVersion(runtime: Runtime, layouts: readonly DatasetLayout[]): Promise<Lock> {
  const someDied = (await leftovers(runtime.root)).length > 0;
  if (!someDied) await preflightStores(runtime);
  const lock = await lockAll(runtime, layouts);
  if (!someDied) return lock;
  try {
    await preflightStores(runtime);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The sole right to change several datasets; always in one order, so that two runs can't wait for each other. */
export async function lockAll(runtime: Runtime, layouts: readonly DatasetLayout[]): Promise<Lock> {
  const locks: Lock[] = [];
  const release = async () => {
    for (const lock of locks.splice(0)) await lock.release();
  };
  try {
    for (const layout of layouts.toSorted((a, b) => (a.dataset < b.dataset ? -1 : 1))) {
      locks.push(await lockAndRecover(runtime, layout));
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release, [Symbol.asyncDispose]: release };
}
