import { rm } from 'node:fs/promises';
import { type PluginContext, SnapkeepError, type SnapshotRef } from '@snapkeep/sdk';
import { type CachedFolder, lookIntoCache, objectsFolder } from './dvc-cache.ts';
import { readDvcConfig } from './dvc-config.ts';
import { type Pointer, pointerPath, readPointer } from './pointer.ts';
import { runDvc } from './run-dvc.ts';

/** A snapshot, its pointer, and what the cache has of it. */
export interface Tracked {
  readonly snapshot: SnapshotRef;
  readonly pointer: Pointer;
  readonly cached: CachedFolder;
}

/**
 * Brings folders back into the work tree, from the cache, or where it lacks something from the default
 * remote. DVC takes any bytes of its cache for good: the caller checks them.
 * @returns the folders that are back, relative to the project
 * @throws SNAPKEEP_INTEGRITY where the bytes are nowhere to be had, SNAPKEEP_REMOTE_FAILED,
 *   SNAPKEEP_DVC_MISSING, SNAPKEEP_DVC_FAILED, SNAPKEEP_BUSY
 */
export async function restoreSnapshots(
  snapshots: readonly SnapshotRef[],
  context: PluginContext,
): Promise<{ readonly restored: readonly string[] }> {
  if (snapshots.length === 0) return { restored: [] };
  const tracked = await lookUp(snapshots, context);
  const lacking = tracked.filter((one) => !isWhole(one));
  if (lacking.length === 0) await runDvc(['checkout', '--', ...pointersOf(snapshots)], context);
  else await pullLacking(lacking, snapshots, context);
  return { restored: snapshots.map(({ directory }) => directory) };
}

/** @throws SNAPKEEP_INTEGRITY where a pointer is missing */
export async function lookUp(snapshots: readonly SnapshotRef[], context: PluginContext): Promise<readonly Tracked[]> {
  const objects = await objectsFolder(context);
  return Promise.all(
    snapshots.map(async (snapshot) => {
      const pointer = await readPointer(snapshot.directory, context);
      if (pointer === undefined) {
        const path = pointerPath(snapshot.directory);
        throw new SnapkeepError(
          'SNAPKEEP_INTEGRITY',
          `${path} is missing: DVC can’t know what ${snapshot.directory} held.`,
          {
            hint: `Bring it back with git checkout ${snapshot.dataset}/vN -- ${path}.`,
            details: { path },
          },
        );
      }
      return { snapshot, pointer, cached: await lookIntoCache(pointer, objects) };
    }),
  );
}

export function pointersOf(snapshots: readonly SnapshotRef[]): readonly string[] {
  return snapshots.map(({ directory }) => pointerPath(directory));
}

/** Whether all objects are there and those that the manifest names have their size. */
export function isWhole({ snapshot, cached }: Tracked): boolean {
  return cached.complete && wrongObjects({ snapshot, cached }).length === 0;
}

function wrongObjects({ snapshot, cached }: Pick<Tracked, 'snapshot' | 'cached'>): readonly string[] {
  const sizes = new Map(snapshot.files.map(({ path, bytes }) => [path, bytes]));
  return cached.files
    .filter(({ path, bytes }) => bytes !== null && sizes.has(path) && sizes.get(path) !== bytes)
    .map(({ object }) => object);
}

/** One start of DVC: a pull fetches what is lacking and checks out all. */
async function pullLacking(
  lacking: readonly Tracked[],
  all: readonly SnapshotRef[],
  context: PluginContext,
): Promise<void> {
  const names = lacking.map(({ snapshot }) => snapshot.directory).join(', ');
  const config = await readDvcConfig(context);
  if (config?.defaultRemote === undefined) {
    throw new SnapkeepError('SNAPKEEP_INTEGRITY', `DVC’s cache does not hold ${names}, and no remote is set up.`, {
      hint: 'Name the remote that has it with dvc remote add --default, or export again.',
      details: { directories: lacking.map(({ snapshot }) => snapshot.directory) },
    });
  }
  // DVC takes an object that is there for the right one and would not fetch it.
  for (const object of lacking.flatMap(wrongObjects)) await rm(object, { force: true });
  context.log.info(`DVC fetches ${names} from the remote ${config.defaultRemote}.`);
  await runDvc(['pull', '--', ...pointersOf(all)], context, 'SNAPKEEP_REMOTE_FAILED');
  await refuseIncomplete(all, config.defaultRemote, context);
}

/** DVC's exit 0 after a fetch says nothing: the objects do. */
export async function refuseIncomplete(
  snapshots: readonly SnapshotRef[],
  remote: string,
  context: PluginContext,
): Promise<void> {
  const still = (await lookUp(snapshots, context)).filter((one) => !isWhole(one));
  if (still.length === 0) return;
  const names = still.map(({ snapshot }) => snapshot.directory);
  throw new SnapkeepError('SNAPKEEP_REMOTE_FAILED', `The remote ${remote} does not have all of ${names.join(', ')}.`, {
    hint: 'Push it from where it was made, then run the command again.',
    details: { directories: names },
  });
}
