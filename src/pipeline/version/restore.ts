import type { Manifest } from '@snapkeep/sdk';
import type { DatasetLayout } from '../../store/layout.ts';
import { verifyFiles } from '../../store/verify.ts';
import type { Runtime } from '../runtime.ts';
import { integrityError } from './problems.ts';
import { snapshotRef } from './record.ts';

/**
 * The snapshot's bytes in the work tree, each verified by SHA-256; what is missing is brought back by the
 * version stores first. @throws SNAPKEEP_INTEGRITY
 */
export async function ensureBytes(runtime: Runtime, layout: DatasetLayout, manifest: Manifest): Promise<void> {
  const directory = layout.absolute(layout.snapshot(manifest.snapshot));
  const check = () => verifyFiles(directory, manifest.files, runtime.signal);
  let problems = await check();
  if (problems.some(({ problem }) => problem === 'missing')) {
    runtime.log.info(`${manifest.dataset}/${manifest.snapshot} is not in the work tree: restoring it`);
    const snapshots = [snapshotRef(manifest, layout.snapshot(manifest.snapshot))];
    await runtime.emit('version:restore', { snapshots });
    problems = await check();
  }
  if (problems.length > 0) throw integrityError(manifest.dataset, manifest.snapshot, problems);
}
