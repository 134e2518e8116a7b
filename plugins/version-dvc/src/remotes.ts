import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type PluginContext, SnapkeepError, type SnapshotRef } from '@snapkeep/sdk';
import { objectPath } from './dvc-cache.ts';
import { readDvcConfig } from './dvc-config.ts';
import { isWhole, lookUp, pointersOf, refuseIncomplete, type Tracked } from './restore.ts';
import { runDvc } from './run-dvc.ts';

interface Remote {
  readonly name: string;
  readonly url: string | undefined;
}

/**
 * Sends the snapshots' objects to a remote. DVC pushes with exit 0 what it does not have: the cache is
 * looked at before, and a remote that is a folder afterwards.
 * @throws SNAPKEEP_REMOTE_FAILED, SNAPKEEP_INTEGRITY, SNAPKEEP_DVC_MISSING, SNAPKEEP_BUSY
 */
export async function pushSnapshots(
  snapshots: readonly SnapshotRef[],
  wanted: string | undefined,
  context: PluginContext,
): Promise<void> {
  if (snapshots.length === 0) return;
  const remote = await chooseRemote(wanted, context);
  const tracked = await lookUp(snapshots, context);
  const incomplete = tracked.find((one) => !isWhole(one));
  if (incomplete !== undefined) {
    const { directory } = incomplete.snapshot;
    throw new SnapkeepError(
      'SNAPKEEP_REMOTE_FAILED',
      `DVC’s cache does not hold all of ${directory}: it can’t be pushed.`,
      {
        hint: 'snapkeep version verify shows what is missing.',
        details: { directory },
      },
    );
  }
  const args = ['push', '--remote', remote.name, '--', ...pointersOf(snapshots)];
  await runDvc(args, context, 'SNAPKEEP_REMOTE_FAILED');
  await refuseMissing(tracked, remote);
}

/** @throws as {@link pushSnapshots} */
export async function pullSnapshots(
  snapshots: readonly SnapshotRef[],
  wanted: string | undefined,
  context: PluginContext,
): Promise<void> {
  if (snapshots.length === 0) return;
  const remote = await chooseRemote(wanted, context);
  const args = ['pull', '--remote', remote.name, '--', ...pointersOf(snapshots)];
  await runDvc(args, context, 'SNAPKEEP_REMOTE_FAILED');
  await refuseIncomplete(snapshots, remote.name, context);
}

async function chooseRemote(wanted: string | undefined, context: PluginContext): Promise<Remote> {
  const config = await readDvcConfig(context);
  const name = wanted ?? config?.defaultRemote;
  if (name === undefined) {
    throw new SnapkeepError('SNAPKEEP_REMOTE_FAILED', 'No DVC remote is set up.', {
      hint: 'dvc remote add --default NAME URL sets one up; commit .dvc/config afterwards.',
    });
  }
  const url = config?.remotes.get(name);
  if (url === undefined) {
    const known = [...(config?.remotes.keys() ?? [])].join(', ') || 'none';
    throw new SnapkeepError('SNAPKEEP_REMOTE_FAILED', `There is no DVC remote ${name}; set up: ${known}.`);
  }
  return { name, url };
}

/** For a remote that is a folder of this machine; others are believed so far. */
async function refuseMissing(tracked: readonly Tracked[], remote: Remote): Promise<void> {
  if (remote.url === undefined || /^\w+:\/\//.test(remote.url)) return;
  const objects = join(remote.url, 'files', 'md5');
  for (const { snapshot, pointer, cached } of tracked) {
    const wanted = [{ md5: pointer.md5, bytes: null }, ...cached.files];
    for (const { md5, bytes } of wanted) {
      const stats = await stat(objectPath(objects, md5)).catch(() => null);
      if (stats !== null && (bytes === null || stats.size === bytes)) continue;
      const message = `After the push the remote ${remote.name} lacks an object of ${snapshot.directory}.`;
      throw new SnapkeepError('SNAPKEEP_REMOTE_FAILED', message, { details: { md5, directory: snapshot.directory } });
    }
  }
}
