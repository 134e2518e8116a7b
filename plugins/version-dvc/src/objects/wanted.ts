import { type PluginContext, SnapkeepError, type SnapshotRef, type Transferred } from '@snapkeep/sdk';
import { objectPath, objectsFolder } from '../dvc-cache.ts';
import { type Pointer, pointerOf, pointerPath } from '../pointer.ts';
import { readTextIfThere } from '../read-text.ts';
import type { FileHashes } from './hash.ts';
import { type ListingEntry, parseListing } from './listing.ts';

/** One object that a snapshot needs, by the name that DVC gives it: the MD5 of its bytes. */
export interface WantedObject {
  readonly oid: string;
  /** Relative to the snapshot's folder; `null`: the listing of the folder. */
  readonly path: string | null;
  /** What the manifest says; `null` of the listing, and of files that the manifest doesn't name. */
  readonly bytes: number | null;
  readonly sha256: string | null;
}

/** A snapshot, and all objects that it needs as far as they are known. */
export interface Tracked {
  readonly snapshot: SnapshotRef;
  readonly pointer: Pointer;
  /** Absent where the cache has no listing, or a damaged one: then the files' objects aren't known. */
  readonly listing: string | undefined;
  readonly objects: readonly WantedObject[];
}

/** @throws SNAPKEEP_INTEGRITY, SNAPKEEP_DVC_FAILED as `pointerOf`; SNAPKEEP_INTEGRITY where listing and manifest disagree */
export async function trackedOf(snapshots: readonly SnapshotRef[], context: PluginContext): Promise<Tracked[]> {
  const objects = await objectsFolder(context);
  return Promise.all(
    snapshots.map(async (snapshot) => {
      const pointer = await pointerOf(snapshot, context);
      const text = await readTextIfThere(objectPath(objects, pointer.md5));
      return withListing(snapshot, pointer, text);
    }),
  );
}

/** @param text - of the listing, from wherever; one that is not what the pointer names is left aside */
export function withListing(snapshot: SnapshotRef, pointer: Pointer, text: string | undefined): Tracked {
  const entries = text === undefined ? undefined : parseListing(text, pointer.md5);
  const listing: WantedObject = { oid: pointer.md5, path: null, bytes: null, sha256: null };
  if (entries === undefined) return { snapshot, pointer, listing: undefined, objects: [listing] };
  return { snapshot, pointer, listing: text, objects: [...filesOf(snapshot, entries), listing] };
}

function filesOf(snapshot: SnapshotRef, entries: readonly ListingEntry[]): readonly WantedObject[] {
  const known = new Map(snapshot.files.map((file) => [file.path, file]));
  const listed = new Set(entries.map(({ relpath }) => relpath));
  const unlisted = snapshot.files.find(({ path }) => !listed.has(path));
  if (unlisted !== undefined) {
    const path = pointerPath(snapshot.directory);
    throw new SnapkeepError('SNAPKEEP_INTEGRITY', `${path} does not name ${unlisted.path}, which the manifest does.`, {
      hint: `git log -p -- ${path} shows who changed it.`,
      details: { pointer: path, path: unlisted.path },
    });
  }
  return entries.map(({ md5, relpath }) => {
    const file = known.get(relpath);
    return { oid: md5, path: relpath, bytes: file?.bytes ?? null, sha256: file?.sha256 ?? null };
  });
}

/** Whether bytes with these hashes are the object: by the manifest's SHA-256 where it names one, and always by its name. */
export function isObject(object: WantedObject, found: FileHashes): boolean {
  const right = object.sha256 === null || (found.sha256 === object.sha256 && found.bytes === object.bytes);
  return right && found.md5 === object.oid.replace(/\.dir$/, '');
}

/**
 * What moved for each snapshot in turn: an object that several share moved once, with the first of them.
 * @param bytes - of each object that moved, by its name
 */
export function movedFor(tracked: readonly Tracked[], bytes: ReadonlyMap<string, number>): Transferred['snapshots'] {
  const counted = new Set<string>();
  return tracked.map(({ snapshot, objects }) => {
    const moved = distinct(objects).filter(({ oid }) => bytes.has(oid) && !counted.has(oid));
    for (const { oid } of moved) counted.add(oid);
    const movedBytes = moved.reduce((sum, { oid }) => sum + (bytes.get(oid) ?? 0), 0);
    return { directory: snapshot.directory, objects: objects.length, moved: moved.length, movedBytes };
  });
}

/** Each object once, by its name. */
export function distinct(objects: Iterable<WantedObject>): readonly WantedObject[] {
  return [...new Map([...objects].map((object) => [object.oid, object])).values()];
}
