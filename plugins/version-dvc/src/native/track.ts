import { link, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type PluginContext, SnapkeepError, type SnapshotRef } from '@snapkeep/sdk';
import { objectPath, objectsFolder } from '../dvc-cache.ts';
import { readDvcConfig } from '../dvc-config.ts';
import { type FileHashes, hashFile, md5Of } from '../objects/hash.ts';
import { type ListingEntry, listingText } from '../objects/listing.ts';
import { type Incoming, openIncoming, placeObject, placeText, shareFile } from '../objects/place.ts';
import { pointerPath } from '../pointer.ts';
import { readWorkspace, syncToDisk, totalBytes } from '../workspace.ts';
import { refuseHeldLock } from './dvc-lock.ts';
import { ignoreFolder } from './ignore.ts';
import { pointerText } from './pointer-text.ts';
import { replaceDurably } from './replace.ts';

/**
 * What `dvc add` on the snapshot's folder would leave, without DVC: objects first, then their listing, then the pointer
 * that names it, each whole and on the disk before the next. The same bytes: a test holds them against DVC's.
 * @returns the pointer, and `.gitignore` where it had to change; relative to the project
 * @throws SNAPKEEP_INTEGRITY where a file is not what the manifest says, SNAPKEEP_BUSY, SNAPKEEP_PATH_UNSAFE,
 *   SNAPKEEP_DVC_FAILED, and what the file system says
 */
export async function trackNatively(
  snapshot: SnapshotRef,
  context: PluginContext,
): Promise<{ readonly paths: readonly string[] }> {
  const { directory } = snapshot;
  const files = await readWorkspace(snapshot, context);
  if (files.size === 0)
    throw new SnapkeepError('SNAPKEEP_DVC_FAILED', `${directory} is empty: DVC tracks no empty folder.`);
  await refuseHeldLock(context);
  const listing = listingText(await cacheFiles(snapshot, [...files.keys()], context));
  const md5 = `${md5Of(listing)}.dir`;
  await placeText(await objectsFolder(context), md5, listing);
  const pointer = pointerPath(directory);
  const text = pointerText(basename(directory), { md5, bytes: totalBytes(files), files: files.size });
  await replaceDurably(join(context.root, pointer), text, context);
  const ignored = await ignoreFolder(directory, context);
  return { paths: [pointer, ...(ignored === undefined ? [] : [ignored])] };
}

async function cacheFiles(
  snapshot: SnapshotRef,
  paths: readonly string[],
  context: PluginContext,
): Promise<readonly ListingEntry[]> {
  const objects = await objectsFolder(context);
  const cacheType = (await readDvcConfig(context))?.cacheType;
  await using incoming = await openIncoming(objects);
  const entries: ListingEntry[] = [];
  for (const path of paths) {
    const file = join(context.root, snapshot.directory, path);
    const { md5 } = await hashesOf(file, path, snapshot, context);
    const object = objectPath(objects, md5);
    // One that is damaged is replaced, where DVC would take its name for its word.
    if ((await hashFile(object, context.signal))?.md5 === md5) {
      await shareObject(object, file, incoming, cacheType);
    } else {
      const copy = join(incoming.folder, md5);
      await shareFile(file, copy, cacheType);
      await placeObject(objects, md5, copy);
    }
    entries.push({ md5, relpath: path });
  }
  return entries;
}

/** @throws SNAPKEEP_INTEGRITY where the bytes are not those of the manifest */
async function hashesOf(
  file: string,
  path: string,
  snapshot: SnapshotRef,
  context: PluginContext,
): Promise<FileHashes> {
  const hashes = await hashFile(file, context.signal);
  const expected = snapshot.files.find((one) => one.path === path);
  if (hashes !== null && (expected === undefined || expected.sha256 === hashes.sha256)) return hashes;
  throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${snapshot.directory}/${path} is not what its manifest says.`);
}

/** The bytes are in the cache already: where it shares them with the work tree, they are stored once, as by DVC. */
async function shareObject(
  object: string,
  file: string,
  incoming: Incoming,
  cacheType: string | undefined,
): Promise<void> {
  if (!cacheType?.includes('hardlink')) return;
  const second = join(incoming.folder, basename(object));
  try {
    await link(object, second);
    await rename(second, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The cache lies on another file system, or has as many names for it as there may be.
    if (code === 'EXDEV' || code === 'EMLINK' || code === 'EPERM') return;
    throw error;
  }
  await syncToDisk([dirname(file)]);
}
