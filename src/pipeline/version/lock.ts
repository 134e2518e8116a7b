import type { CommitPath } from '@snapkeep/sdk';
import { refuseLinks } from '../../store/containment.ts';
import { refuseForeignLatest } from '../../store/latest.ts';
import type { DatasetLayout } from '../../store/layout.ts';
import { type Lock, lockDataset } from '../../store/lock.ts';
import { leftovers, recoverDataset } from '../../store/recovery.ts';
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
    const healed = await recoverDataset(runtime.root, layout, {
      unlock: (journal) => unlockStores(runtime, journal),
      isCommitted: (journal) => isCommitted(runtime, journal),
      complete: async (paths, { transaction, removed = [] }) => {
        const all = [
          ...paths.map((path): CommitPath => ({ kind: 'file', path })),
          ...removed.map((path): CommitPath => ({ kind: 'removed', path })),
        ];
        await runtime.emit('version:commit', { transaction, message: '', paths: all, versions: [], committed: true });
      },
    });
    for (const line of healed) runtime.log.warn(line);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * The same for a command that will record a version. Where the stores could not, nothing is touched; but what a dead
 * run left is healed before they are asked, because its locks are among what they look for.
 */
export async function lockForVersion(runtime: Runtime, layout: DatasetLayout): Promise<Lock> {
  const someDied = (await leftovers(runtime.root)).length > 0;
  if (!someDied) await preflightStores(runtime);
  const lock = await lockAndRecover(runtime, layout);
  if (!someDied) return lock;
  try {
    await preflightStores(runtime);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}
