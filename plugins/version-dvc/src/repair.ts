import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import {
  type EventPayloads,
  isSnapkeepError,
  type PluginContext,
  type RepairedCopy,
  type SnapshotRef,
} from '@snapkeep/sdk';
import { objectPath, objectsFolder } from './dvc-cache.ts';
import { readDvcConfig } from './dvc-config.ts';
import { hashFile } from './objects/hash.ts';
import { listingText } from './objects/listing.ts';
import { wholeCopy } from './objects/local-copy.ts';
import { openIncoming, placeObject, placeText, shareFile } from './objects/place.ts';
import { distinct, isObject, type Tracked, trackedOf, type WantedObject, withListing } from './objects/wanted.ts';
import { chooseRemote } from './remote/choose.ts';
import { fetchObjects } from './remote/fetch.ts';
import { completeListings } from './remote/listings.ts';
import { openWorker, type RemoteWorker } from './remote/worker.ts';

/**
 * Makes copies that are missing or damaged anew from whole ones. What can't be made anew stays as it is.
 * @throws SNAPKEEP_REMOTE_FAILED where a remote is to be repaired and can't be asked, SNAPKEEP_STORAGE_FULL,
 *   and what `pointerOf` throws
 */
export async function repairSnapshots(
  { snapshots, place, remote }: EventPayloads['version:repair'],
  context: PluginContext,
): Promise<{ readonly repaired: readonly RepairedCopy[] }> {
  const repaired =
    place === 'cache' ? await repairCache(snapshots, remote, context) : await repairRemote(snapshots, remote, context);
  return { repaired };
}

async function repairCache(
  snapshots: readonly SnapshotRef[],
  remote: string | undefined,
  context: PluginContext,
): Promise<readonly RepairedCopy[]> {
  const objects = await objectsFolder(context);
  const repaired: RepairedCopy[] = [];
  const lacking: Tracked[] = [];
  for (const known of await trackedOf(snapshots, context)) {
    const { directory } = known.snapshot;
    const one = known.listing === undefined ? await listedByWorkspace(known, context) : known;
    if (one.listing !== known.listing && one.listing !== undefined) {
      await placeText(objects, one.pointer.md5, one.listing);
      repaired.push({ directory, path: null, from: 'workspace' });
    }
    let whole = one.listing !== undefined;
    for (const object of one.objects.filter(({ path }) => path !== null)) {
      if (await isWhole(objectPath(objects, object.oid), object, context)) continue;
      if (await copyFromWorkspace(object, one, objects, context)) {
        repaired.push({ directory, path: object.path, from: 'workspace' });
      } else whole = false;
    }
    if (!whole) lacking.push(one);
  }
  if (lacking.length > 0) repaired.push(...(await fetchLacking(lacking, remote, context)));
  return repaired;
}

async function isWhole(path: string, object: WantedObject, context: PluginContext): Promise<boolean> {
  const found = await hashFile(path, context.signal);
  return found !== null && isObject(object, found);
}

/** The listing as the work tree's files make it, where it is the one that the pointer names. */
async function listedByWorkspace(one: Tracked, context: PluginContext): Promise<Tracked> {
  const folder = join(context.root, one.snapshot.directory);
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const entries = [];
  for (const entry of found.filter((file) => file.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const hashes = await hashFile(path, context.signal);
    if (hashes !== null) entries.push({ md5: hashes.md5, relpath: relative(folder, path).split(sep).join('/') });
  }
  return withListing(one.snapshot, one.pointer, listingText(entries));
}

async function copyFromWorkspace(
  object: WantedObject,
  { snapshot }: Tracked,
  objects: string,
  context: PluginContext,
): Promise<boolean> {
  const from = join(context.root, snapshot.directory, object.path ?? '');
  if (!(await isWhole(from, object, context))) return false;
  await using incoming = await openIncoming(objects);
  const copy = join(incoming.folder, object.oid);
  await shareFile(from, copy, (await readDvcConfig(context))?.cacheType);
  await placeObject(objects, object.oid, copy);
  return true;
}

/** A remote that can't be asked, or lacks it too, repairs nothing; that is for the caller to see. */
async function fetchLacking(
  lacking: readonly Tracked[],
  wanted: string | undefined,
  context: PluginContext,
): Promise<readonly RepairedCopy[]> {
  const config = await readDvcConfig(context);
  if (wanted === undefined && config?.defaultRemote === undefined) return [];
  const repaired: RepairedCopy[] = [];
  try {
    await using worker = await openWorker(await chooseRemote(wanted, context), context);
    for (const one of lacking) repaired.push(...(await fetchOne(one, worker, context)));
  } catch (error) {
    tolerateRemote(error, context);
  }
  return repaired;
}

async function fetchOne(one: Tracked, worker: RemoteWorker, context: PluginContext): Promise<readonly RepairedCopy[]> {
  try {
    const { tracked, fetched } = await fetchObjects([one], worker, context);
    const objects = tracked.flatMap((complete) => complete.objects).filter(({ oid }) => fetched.has(oid));
    return objects.map(({ path }) => ({ directory: one.snapshot.directory, path, from: 'remote' }));
  } catch (error) {
    tolerateRemote(error, context);
    return [];
  }
}

function tolerateRemote(error: unknown, context: PluginContext): void {
  if (!isSnapkeepError(error) || error.code !== 'SNAPKEEP_REMOTE_FAILED') throw error;
  context.log.warn(error.message);
}

async function repairRemote(
  snapshots: readonly SnapshotRef[],
  wanted: string | undefined,
  context: PluginContext,
): Promise<readonly RepairedCopy[]> {
  const objects = await objectsFolder(context);
  const remote = await chooseRemote(wanted, context);
  await using worker = await openWorker(remote, context);
  const tracked = await completeListings(await trackedOf(snapshots, context), worker);
  const bad = await badObjects(distinct(tracked.flatMap((one) => one.objects)), worker);
  const sendings = [];
  const repaired: RepairedCopy[] = [];
  for (const one of tracked) {
    for (const object of one.objects) {
      const there = bad.get(object.oid);
      if (there === undefined) continue;
      const from = await wholeCopy(object, one, objects, context);
      if (from === undefined) continue;
      sendings.push({ oid: object.oid, from, replace: there === 'damaged' });
      const place = from.startsWith(objects) ? 'cache' : 'workspace';
      repaired.push({ directory: one.snapshot.directory, path: object.path, from: place });
      bad.delete(object.oid);
    }
  }
  // Files before listings, as in a push.
  const isListing = ({ oid }: { oid: string }) => oid.endsWith('.dir');
  await worker.send(
    sendings.filter((one) => !isListing(one)),
    () => undefined,
  );
  await worker.send(sendings.filter(isListing), () => undefined);
  return repaired;
}

/** Every byte there is read. */
async function badObjects(
  objects: readonly WantedObject[],
  worker: RemoteWorker,
): Promise<Map<string, 'missing' | 'damaged'>> {
  const bad = new Map<string, 'missing' | 'damaged'>();
  for (const object of objects) {
    const found = (await worker.hashes([object.oid])).get(object.oid) ?? null;
    if (found === null) bad.set(object.oid, 'missing');
    else if (!isObject(object, found)) bad.set(object.oid, 'damaged');
  }
  return bad;
}
