import type { PluginContext, SnapshotRef, Transferred } from '@snapkeep/sdk';
import { movedFor, trackedOf } from '../objects/wanted.ts';
import { chooseRemote } from './choose.ts';
import { fetchObjects } from './fetch.ts';
import { openWorker } from './worker.ts';

/**
 * Fetches what the cache lacks of the snapshots; every byte is compared with the manifest before it counts.
 * @throws SNAPKEEP_REMOTE_FAILED, SNAPKEEP_INTEGRITY, SNAPKEEP_DVC_MISSING, SNAPKEEP_STORAGE_FULL
 */
export async function pullSnapshots(
  snapshots: readonly SnapshotRef[],
  wanted: string | undefined,
  context: PluginContext,
): Promise<Transferred> {
  const remote = await chooseRemote(wanted, context);
  await using worker = await openWorker(remote, context);
  const { tracked, fetched } = await fetchObjects(await trackedOf(snapshots, context), worker, context);
  return { remote: { name: remote.name, url: worker.url }, snapshots: movedFor(tracked, fetched) };
}
