import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Inspection, InspectRequest, PluginContext, StoredCopy } from '@snapkeep/sdk';
import { objectPath, objectsFolder } from './dvc-cache.ts';
import { hashFile, sizeOf } from './objects/hash.ts';
import { distinct, isObject, type Tracked, trackedOf, type WantedObject } from './objects/wanted.ts';
import { chooseRemote } from './remote/choose.ts';
import { completeListings } from './remote/listings.ts';
import { openWorker, type RemoteWorker } from './remote/worker.ts';

/** What cache or remote have of snapshots. @throws as `pushSnapshots` where a remote is asked */
export async function inspectSnapshots(request: InspectRequest, context: PluginContext): Promise<Inspection> {
  return request.place === 'cache' ? inspectCache(request, context) : inspectRemote(request, context);
}

type Verdict = Omit<StoredCopy, 'path'>;

const verdict = (state: StoredCopy['state'], found: string | null = null): Verdict => ({ state, found, shared: false });
const MISSING = verdict('missing');

async function inspectCache(request: InspectRequest, context: PluginContext): Promise<Inspection> {
  const { depth } = request;
  const objects = await objectsFolder(context);
  const judge = async (object: WantedObject): Promise<Verdict> => {
    const path = objectPath(objects, object.oid);
    const bytes = await sizeOf(path);
    if (bytes === null) return MISSING;
    if (object.bytes !== null && bytes !== object.bytes) return verdict('damaged', `${bytes}`);
    if (depth === 'size') return verdict('present');
    const found = await hashFile(path, context.signal);
    if (found === null) return MISSING;
    return isObject(object, found) ? verdict('whole') : verdict('damaged', found.sha256);
  };
  const answers = [];
  for (const one of await namedIn(request, context)) {
    const isShared = async ({ path, oid }: WantedObject) =>
      path !== null && isSameFile(objectPath(objects, oid), join(context.root, one.snapshot.directory, path));
    answers.push(await copiesOf(one, async (object) => ({ ...(await judge(object)), shared: await isShared(object) })));
  }
  return { remote: null, snapshots: answers };
}

/** With the listings that the cache has, and else those of the remote that the request names. */
async function namedIn({ snapshots, remote }: InspectRequest, context: PluginContext): Promise<readonly Tracked[]> {
  const tracked = await trackedOf(snapshots, context);
  if (remote === undefined || tracked.every(({ listing }) => listing !== undefined)) return tracked;
  await using worker = await openWorker(await chooseRemote(remote, context), context);
  return completeListings(tracked, worker);
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => lstat(path).catch(() => null)));
  return first?.isFile() === true && first.ino === second?.ino && first.dev === second.dev;
}

async function copiesOf(
  { snapshot, objects, listing }: Tracked,
  judge: (object: WantedObject) => Promise<Verdict>,
): Promise<Inspection['snapshots'][number]> {
  const copies: StoredCopy[] = [];
  for (const object of objects) copies.push({ path: object.path, ...(await judge(object)) });
  // Without its listing nobody can tell which objects the files are.
  if (listing === undefined) copies.unshift(...snapshot.files.map(({ path }) => ({ path, ...MISSING })));
  return { directory: snapshot.directory, copies };
}

async function inspectRemote(request: InspectRequest, context: PluginContext): Promise<Inspection> {
  const remote = await chooseRemote(request.remote, context);
  await using worker = await openWorker(remote, context);
  const tracked = await completeListings(await trackedOf(request.snapshots, context), worker);
  const verdicts = await judgeAll(distinct(tracked.flatMap(({ objects }) => objects)), request.depth, worker, context);
  const answers = [];
  for (const one of tracked) answers.push(await copiesOf(one, async ({ oid }) => verdicts.get(oid) ?? MISSING));
  return { remote: { name: remote.name, url: worker.url }, snapshots: answers };
}

async function judgeAll(
  objects: readonly WantedObject[],
  depth: InspectRequest['depth'],
  worker: RemoteWorker,
  context: PluginContext,
): Promise<ReadonlyMap<string, Verdict>> {
  const seen = await worker.look(objects.map(({ oid }) => oid));
  const verdicts = new Map<string, Verdict>();
  const toRead: WantedObject[] = [];
  for (const object of objects) {
    const there = seen.get(object.oid) ?? null;
    if (there === null) verdicts.set(object.oid, MISSING);
    else if (object.bytes !== null && there.bytes !== object.bytes) {
      verdicts.set(object.oid, verdict('damaged', `${there.bytes}`));
    } else if (depth === 'checksum' && there.md5 === object.oid.replace(/\.dir$/, ''))
      verdicts.set(object.oid, verdict('whole'));
    else if (depth === 'size') verdicts.set(object.oid, verdict('present'));
    // A checksum that differs may be one of an encrypted object: only the bytes tell.
    else toRead.push(object);
  }
  const total = toRead.length;
  const task = context.progress.start(`read from ${worker.remote.name}`, { unit: 'files', total });
  try {
    for (const [index, object] of toRead.entries()) {
      const found = (await worker.hashes([object.oid])).get(object.oid) ?? null;
      task.update(index + 1);
      if (found === null) verdicts.set(object.oid, MISSING);
      else verdicts.set(object.oid, isObject(object, found) ? verdict('whole') : verdict('damaged', found.sha256));
    }
  } finally {
    task.end();
  }
  return verdicts;
}
