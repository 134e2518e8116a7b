import { join } from 'node:path';
import { type PluginContext, SnapkeepError } from '@snapkeep/sdk';
import { objectPath, objectsFolder } from '../dvc-cache.ts';
import { hashFile } from '../objects/hash.ts';
import { openIncoming, placeObject, placeText } from '../objects/place.ts';
import { distinct, isObject, type Tracked, type WantedObject } from '../objects/wanted.ts';
import { remoteFailure } from './failures.ts';
import { completeListings } from './listings.ts';
import type { RemoteWorker } from './worker.ts';

export interface Fetched {
  /** With the listings that came along. */
  readonly tracked: readonly Tracked[];
  /** Objects that the cache got, with their size. */
  readonly fetched: ReadonlyMap<string, number>;
}

/**
 * Brings into the cache what it lacks of the snapshots, or has damaged. Nothing gets an object's name
 * before its bytes were read and are those of the manifest; a good object is never touched.
 * @throws SNAPKEEP_REMOTE_FAILED where the remote lacks an object or has it damaged (`details.missing`)
 */
export async function fetchObjects(
  known: readonly Tracked[],
  worker: RemoteWorker,
  context: PluginContext,
): Promise<Fetched> {
  const objects = await objectsFolder(context);
  const tracked = await completeListings(known, worker);
  const fetched = new Map<string, number>();
  for (const { pointer, listing } of tracked) {
    const here = known.some((one) => one.pointer.md5 === pointer.md5 && one.listing !== undefined);
    if (listing === undefined || here) continue;
    await placeText(objects, pointer.md5, listing);
    fetched.set(pointer.md5, Buffer.byteLength(listing));
  }
  const unlisted = tracked.filter(({ listing }) => listing === undefined);
  const lacking: WantedObject[] = [];
  for (const object of distinct(tracked.flatMap((one) => one.objects))) {
    if (object.path === null) continue;
    const found = await hashFile(objectPath(objects, object.oid), context.signal);
    if (found === null || !isObject(object, found)) lacking.push(object);
  }
  const bad = await takeAll(lacking, objects, fetched, worker, context);
  refuseMissing(tracked, [...unlisted.map(({ pointer }) => pointer.md5), ...bad], worker);
  return { tracked, fetched };
}

/** @returns names of those that did not come, or not whole */
async function takeAll(
  lacking: readonly WantedObject[],
  objects: string,
  fetched: Map<string, number>,
  worker: RemoteWorker,
  context: PluginContext,
): Promise<readonly string[]> {
  if (lacking.length === 0) return [];
  const there = await worker.look(lacking.map(({ oid }) => oid));
  const available = lacking.filter(({ oid }) => (there.get(oid) ?? null) !== null);
  const bad = lacking.filter((object) => !available.includes(object)).map(({ oid }) => oid);
  const total = available.reduce((sum, { oid }) => sum + (there.get(oid)?.bytes ?? 0), 0);
  const task = context.progress.start(`fetch from ${worker.remote.name}`, { unit: 'bytes', total });
  await using incoming = await openIncoming(objects);
  try {
    const takings = available.map(({ oid }) => ({ oid, to: join(incoming.folder, oid) }));
    const failed = await worker.take(takings, (bytes) => task.update(bytes, bytes));
    const [reason] = failed.values();
    if (reason !== undefined) {
      if (reason.kind === 'full')
        throw new SnapkeepError('SNAPKEEP_STORAGE_FULL', `No room to fetch: ${reason.message}`);
      throw remoteFailure(worker.remote.name, reason);
    }
    for (const object of available) {
      const from = join(incoming.folder, object.oid);
      const found = await hashFile(from, context.signal);
      if (found === null || !isObject(object, found)) {
        bad.push(object.oid);
        continue;
      }
      await placeObject(objects, object.oid, from);
      fetched.set(object.oid, found.bytes);
    }
    return bad;
  } finally {
    task.end();
  }
}

function refuseMissing(tracked: readonly Tracked[], bad: readonly string[], worker: RemoteWorker): void {
  const names = new Set(bad);
  const missing = tracked.flatMap(({ snapshot, objects }) =>
    objects
      .filter(({ oid }) => names.has(oid))
      .map(({ oid, path }) => ({ directory: snapshot.directory, path, md5: oid })),
  );
  const [first] = missing;
  if (first === undefined) return;
  const { name } = worker.remote;
  const what = first.path === null ? `the listing of ${first.directory}` : `${first.directory}/${first.path}`;
  const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
  throw new SnapkeepError('SNAPKEEP_REMOTE_FAILED', `The remote ${name} does not have ${what} whole${more}.`, {
    hint: 'Push it from where it was made (snapkeep version push), then run the command again.',
    details: { remote: name, missing },
  });
}
