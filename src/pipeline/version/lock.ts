import type { CommitPath } from '@snapkeep/sdk';
import { refuseLinks } from '../../store/containment.ts';
import { refuseForeignLatest } from '../../store/latest.ts';
import type { DatasetLayout } from '../../store/layout.ts';
import { type Lock, lockDataset } from '../../store/lock.ts';
import { recoverDataset } from '../../store/recovery.ts';
import type { Runtime } from '../runtime.ts';
import { isCommitted } from './stores.ts';

/** The sole right to change a dataset; what a dead run left of it is healed first, in one line each. */
export async function lockAndRecover(runtime: Runtime, layout: DatasetLayout): Promise<Lock> {
  const lock = await lockDataset(runtime.root, layout.dataset);
  try {
    await refuseLinks(runtime.root, layout.directory);
    await refuseForeignLatest(layout);
    const healed = await recoverDataset(
      runtime.root,
      layout,
      (journal) => isCommitted(runtime, journal),
      async (paths, { transaction }) => {
        const files = paths.map((path): CommitPath => ({ kind: 'file', path }));
        await runtime.emit('version:commit', { transaction, message: '', paths: files, versions: [], committed: true });
      },
    );
    for (const line of healed) runtime.log.warn(line);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}
