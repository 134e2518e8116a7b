import { dirname, join } from 'node:path';
import { messageOf, type PluginContext, SnapkeepError, type SnapshotRef } from '@snapkeep/sdk';
import { type CachedFolder, lookIntoCache, objectsFolder } from './dvc-cache.ts';
import { type Pointer, pointerPath, readPointer } from './pointer.ts';
import { readTextIfThere } from './read-text.ts';
import { runDvc } from './run-dvc.ts';
import { lostFiles, readWorkspace, syncToDisk, totalBytes, type Workspace } from './workspace.ts';

/**
 * `dvc add` on exactly the snapshot's folder. What DVC then says is not taken on trust: pointer, cache
 * objects and work tree are compared with what was there before, and brought to the disk.
 * @returns the pointer, and `.gitignore` where DVC had to change it; relative to the project
 * @throws SNAPKEEP_DVC_MISSING, SNAPKEEP_DVC_FAILED (with `details.lost`: files that DVC lost from the
 *   work tree), SNAPKEEP_BUSY, SNAPKEEP_STORAGE_FULL, SNAPKEEP_PATH_UNSAFE, SNAPKEEP_INTEGRITY
 */
export async function trackSnapshot(
  snapshot: SnapshotRef,
  context: PluginContext,
): Promise<{ readonly paths: readonly string[] }> {
  const { directory } = snapshot;
  const before = await readWorkspace(snapshot, context);
  if (before.size === 0)
    throw new SnapkeepError('SNAPKEEP_DVC_FAILED', `${directory} is empty: DVC tracks no empty folder.`);
  const ignoreFile = `${dirname(directory)}/.gitignore`;
  const ignored = await readTextIfThere(join(context.root, ignoreFile));

  await runDvc(['add', '--', directory], context);

  await refuseLoss(before, snapshot, context);
  const pointer = await readPointer(directory, context);
  if (pointer === undefined) throw new SnapkeepError('SNAPKEEP_DVC_FAILED', `DVC wrote no ${pointerPath(directory)}.`);
  const cached = await lookIntoCache(pointer, await objectsFolder(context));
  refuseDifference(before, pointer, cached, directory);
  await bringToDisk(cached, snapshot, context);
  const changedIgnore = (await readTextIfThere(join(context.root, ignoreFile))) !== ignored;
  return { paths: [pointerPath(directory), ...(changedIgnore ? [ignoreFile] : [])] };
}

async function refuseLoss(before: Workspace, snapshot: SnapshotRef, context: PluginContext): Promise<void> {
  const after = await readWorkspace({ ...snapshot, files: [] }, context).catch(() => new Map<string, number>());
  const lost = lostFiles(before, after);
  if (lost.length === 0) return;
  throw new SnapkeepError('SNAPKEEP_DVC_FAILED', `DVC lost ${lost.join(', ')} from ${snapshot.directory}.`, {
    details: { directory: snapshot.directory, lost },
  });
}

/** Pointer and cache must name the files that were there, each with its size. */
function refuseDifference(before: Workspace, pointer: Pointer, cached: CachedFolder, directory: string): void {
  const differing = cached.files.find(({ path, bytes }) => before.get(path) !== bytes);
  const same = pointer.files === before.size && pointer.bytes === totalBytes(before);
  if (same && cached.complete && cached.files.length === before.size && differing === undefined) return;
  const what = differing === undefined ? pointerPath(directory) : `${directory}/${differing.path}`;
  throw new SnapkeepError('SNAPKEEP_DVC_FAILED', `DVC’s cache does not hold ${what} as it is.`, {
    details: { pointer: pointerPath(directory), md5: pointer.md5 },
  });
}

async function bringToDisk(cached: CachedFolder, snapshot: SnapshotRef, context: PluginContext): Promise<void> {
  const files = [cached.listing, ...cached.files.map(({ object }) => object)];
  const pointer = join(context.root, pointerPath(snapshot.directory));
  const folders = [...files, pointer, join(context.root, snapshot.directory)].map((path) => dirname(path));
  try {
    await syncToDisk([...files, pointer, ...folders, join(context.root, snapshot.directory)]);
  } catch (cause) {
    const message = `DVC’s cache could not be brought to the disk: ${messageOf(cause)}`;
    throw new SnapkeepError('SNAPKEEP_STORAGE_FAILED', message, { cause });
  }
}
