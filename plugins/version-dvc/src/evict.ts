import { readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type EventPayloads, isSnapkeepError, type PluginContext } from '@snapkeep/sdk';
import { objectPath, objectsFolder } from './dvc-cache.ts';
import { parseListing } from './objects/listing.ts';
import { trackedOf } from './objects/wanted.ts';
import { readTextIfThere } from './read-text.ts';
import { syncToDisk } from './workspace.ts';

/**
 * Removes from the cache what only these snapshots need. A cache outside of the project may be shared with others:
 * nothing is removed from it.
 * @returns how many objects went
 */
export async function evictSnapshots(
  { snapshots, keep }: EventPayloads['version:evict'],
  context: PluginContext,
): Promise<{ readonly removed: number }> {
  const objects = await objectsFolder(context);
  if (relative(context.root, objects).startsWith('..')) {
    context.log.warn(
      `DVC’s cache ${objects} is outside of the project, others may use it: nothing was removed from it.`,
    );
    return { removed: 0 };
  }
  const needed = await neededObjects(keep, objects, context);
  const wanted = (await trackedOf(snapshots, context)).flatMap((one) => one.objects);
  // The listing goes last: without it nobody knows which objects are left to remove.
  const ordered = [...wanted.filter(({ path }) => path !== null), ...wanted.filter(({ path }) => path === null)];
  let removed = 0;
  for (const oid of new Set(ordered.map((object) => object.oid))) {
    context.signal.throwIfAborted();
    if (needed.has(oid)) continue;
    const path = objectPath(objects, oid);
    removed += await rm(path).then(
      () => 1,
      () => 0,
    );
  }
  await syncToDisk([objects]).catch(() => undefined);
  return { removed };
}

/** Of the kept snapshots, and of everything in the work tree that DVC tracks, ours or not. */
async function neededObjects(
  keep: EventPayloads['version:evict']['keep'],
  objects: string,
  context: PluginContext,
): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const snapshot of keep) {
    // One without a pointer was never tracked.
    const [one] = await trackedOf([snapshot], context).catch(noPointer);
    for (const { oid } of one?.objects ?? []) needed.add(oid);
  }
  for await (const file of pointersBelow(context.root)) {
    const text = (await readTextIfThere(file)) ?? '';
    for (const [oid] of text.matchAll(/\b[0-9a-f]{32}(?:\.dir)?\b/g)) {
      if (needed.has(oid)) continue;
      needed.add(oid);
      if (!oid.endsWith('.dir')) continue;
      const listing = (await readTextIfThere(objectPath(objects, oid))) ?? '';
      for (const { md5 } of parseListing(listing, oid) ?? []) needed.add(md5);
    }
  }
  return needed;
}

function noPointer(error: unknown): [] {
  if (isSnapkeepError(error) && error.code === 'SNAPKEEP_INTEGRITY') return [];
  throw error;
}

/** Folders in which nobody keeps pointers, and which may be large. */
const PASSED_OVER = /^(?:\.git|\.dvc|\.snapkeep|\.venv|node_modules|\d{8}T\d{9}Z-[0-9a-f]{12})$/;

async function* pointersBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !PASSED_OVER.test(entry.name)) yield* pointersBelow(path);
    else if (entry.isFile() && (entry.name.endsWith('.dvc') || entry.name === 'dvc.lock')) yield path;
  }
}
