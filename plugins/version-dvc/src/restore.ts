import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EventPayloads, PluginContext } from '@snapkeep/sdk';
import { objectPath, objectsFolder } from './dvc-cache.ts';
import { readDvcConfig } from './dvc-config.ts';
import { hashFile, sizeOf } from './objects/hash.ts';
import { shareFile } from './objects/place.ts';
import { isObject, type Tracked, trackedOf, type WantedObject } from './objects/wanted.ts';

/**
 * Puts the snapshots' files into `<staging>/<snapshot>`: from the cache, or where it lacks something, or has it
 * damaged, from the default remote. DVC is started for the remote only. `unread`: what has the right size is not
 * looked for damage.
 * @returns the folders whose files are there, relative to the project
 * @throws SNAPKEEP_INTEGRITY where the bytes are nowhere to be had, SNAPKEEP_REMOTE_FAILED, SNAPKEEP_DVC_MISSING,
 *   SNAPKEEP_DVC_FAILED
 */
export async function restoreSnapshots(
  { snapshots, staging, unread = false }: EventPayloads['version:restore'],
  context: PluginContext,
): Promise<{ readonly restored: readonly string[] }> {
  const objects = await objectsFolder(context);
  let tracked: readonly Tracked[] = await trackedOf(snapshots, context);
  const lacking: Tracked[] = [];
  for (const one of tracked) if (!(await isCached(one, objects, unread, context))) lacking.push(one);
  if (lacking.length > 0) {
    // Some hundred modules, which bytes that are in the cache don't need.
    const { fetchLacking } = await import('./remote/fetch-lacking.ts');
    const fetched = await fetchLacking(lacking, context);
    tracked = tracked.map((one) => fetched.find(({ snapshot }) => snapshot === one.snapshot) ?? one);
  }
  const cacheType = (await readDvcConfig(context))?.cacheType;
  for (const { snapshot, objects: wanted } of tracked) {
    for (const { oid, path } of wanted) {
      if (path === null) continue;
      const to = join(staging, snapshot.snapshot, path);
      await mkdir(dirname(to), { recursive: true });
      await shareFile(objectPath(objects, oid), to, cacheType);
    }
  }
  return { restored: snapshots.map(({ directory }) => directory) };
}

/** All of it is there, and its bytes, where they are read, are those of the manifest. */
async function isCached(one: Tracked, objects: string, unread: boolean, context: PluginContext): Promise<boolean> {
  if (one.listing === undefined) return false;
  for (const object of one.objects) {
    if (object.path === null) continue;
    if (!(await isThere(object, objectPath(objects, object.oid), unread, context))) return false;
  }
  return true;
}

async function isThere(object: WantedObject, path: string, unread: boolean, context: PluginContext): Promise<boolean> {
  if (unread && object.bytes !== null) return (await sizeOf(path)) === object.bytes;
  const found = await hashFile(path, context.signal);
  return found !== null && isObject(object, found);
}
