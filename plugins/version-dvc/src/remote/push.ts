import { type PluginContext, SnapkeepError, type SnapshotRef, type Transferred } from '@snapkeep/sdk';
import { objectsFolder } from '../dvc-cache.ts';
import { parseListing } from '../objects/listing.ts';
import { wholeCopy } from '../objects/local-copy.ts';
import { distinct, movedFor, type Tracked, trackedOf, type WantedObject } from '../objects/wanted.ts';
import { chooseRemote } from './choose.ts';
import { remoteFailure } from './failures.ts';
import { completeListings } from './listings.ts';
import { type Failed, openWorker, type RemoteObject, type RemoteWorker, type Sending } from './worker.ts';

/**
 * Sends what a remote lacks of the snapshots. Bytes are compared with the manifest before they go; afterwards the
 * remote is asked for every object, its size and the text of every listing: DVC's own push ends with 0 where
 * objects are missing here or there.
 * @throws SNAPKEEP_REMOTE_FAILED with `details.missing`, SNAPKEEP_INTEGRITY, SNAPKEEP_DVC_MISSING
 */
export async function pushSnapshots(
  snapshots: readonly SnapshotRef[],
  wanted: string | undefined,
  context: PluginContext,
): Promise<Transferred> {
  const remote = await chooseRemote(wanted, context);
  await using worker = await openWorker(remote, context);
  const tracked = await completeListings(await trackedOf(snapshots, context), worker);
  const all = distinct(tracked.flatMap(({ objects }) => objects));
  const before = await worker.look(all.map(({ oid }) => oid));
  const lacking = new Set(all.filter((object) => !isThere(object, before)).map(({ oid }) => oid));
  const sources = await sourcesOf(tracked, lacking, context);
  const failed = await sendAll(sources, before, worker, context);
  await refuseMissing(tracked, { lacking, sources, failed }, worker);
  const sent = new Map([...lacking].map((oid) => [oid, sources.get(oid)?.bytes ?? 0]));
  return { remote: { name: remote.name, url: worker.url }, snapshots: movedFor(tracked, sent) };
}

/** Of the right size, where the manifest knows one. */
function isThere({ oid, bytes }: WantedObject, seen: ReadonlyMap<string, RemoteObject | null>): boolean {
  const object = seen.get(oid) ?? null;
  return object !== null && (bytes === null || object.bytes === bytes);
}

interface Source {
  readonly object: WantedObject;
  readonly from: string;
  readonly bytes: number;
}

async function sourcesOf(
  tracked: readonly Tracked[],
  lacking: ReadonlySet<string>,
  context: PluginContext,
): Promise<ReadonlyMap<string, Source>> {
  const objects = await objectsFolder(context);
  const sources = new Map<string, Source>();
  for (const one of tracked) {
    for (const object of one.objects) {
      if (!lacking.has(object.oid) || sources.has(object.oid)) continue;
      const from = await wholeCopy(object, one, objects, context);
      const bytes = object.bytes ?? one.listing?.length ?? 0;
      if (from !== undefined) sources.set(object.oid, { object, from, bytes });
    }
  }
  return sources;
}

/** Files first: a listing says that all of its files are there. */
async function sendAll(
  sources: ReadonlyMap<string, Source>,
  before: ReadonlyMap<string, RemoteObject | null>,
  worker: RemoteWorker,
  context: PluginContext,
): Promise<Failed> {
  const all = [...sources.values()];
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
  const task = context.progress.start(`push to ${worker.remote.name}`, { unit: 'bytes', total });
  const sendings = (isListing: boolean): Sending[] =>
    all
      .filter(({ object }) => (object.path === null) === isListing)
      .map(({ object: { oid }, from }) => ({ oid, from, replace: (before.get(oid) ?? null) !== null }));
  try {
    const failed = await worker.send(sendings(false), (bytes) => task.update(bytes, bytes));
    if (failed.size > 0) return failed;
    return await worker.send(sendings(true), () => undefined);
  } finally {
    task.end();
  }
}

interface Sent {
  readonly lacking: ReadonlySet<string>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly failed: Failed;
}

/** What the remote has now, by its own answer. */
async function refuseMissing(tracked: readonly Tracked[], sent: Sent, worker: RemoteWorker): Promise<void> {
  const all = distinct(tracked.flatMap(({ objects }) => objects));
  const seen = await worker.look(all.map(({ oid }) => oid));
  const texts = await worker.texts(all.filter(({ path }) => path === null).map(({ oid }) => oid));
  const isComplete = (object: WantedObject) =>
    object.path === null ? parseListing(texts.get(object.oid) ?? '', object.oid) !== undefined : isThere(object, seen);
  const missing = tracked.flatMap(({ snapshot, objects }) =>
    objects
      .filter((object) => !isComplete(object))
      .map(({ oid, path }) => ({ directory: snapshot.directory, path, md5: oid })),
  );
  const [first] = missing;
  if (first === undefined) return;
  const reason = sent.failed.get(first.md5) ?? [...sent.failed.values()][0];
  if (reason !== undefined) throw remoteFailure(worker.remote.name, reason);
  const gone = missing.filter(({ md5 }) => sent.lacking.has(md5) && !sent.sources.has(md5));
  const [lost] = gone;
  const { directory, path } = lost ?? first;
  const what = path === null ? `the listing of ${directory}` : `${directory}/${path}`;
  const more = missing.length > 1 ? ` (and ${missing.length - 1} more)` : '';
  throw new SnapkeepError(
    'SNAPKEEP_REMOTE_FAILED',
    lost === undefined
      ? `After the push the remote ${worker.remote.name} lacks ${what}${more}.`
      : `The remote ${worker.remote.name} lacks ${what}${more}, and neither cache nor work tree has it whole.`,
    {
      hint:
        lost === undefined
          ? 'Run the command again; if it stays so, look at the remote’s own log.'
          : 'snapkeep version verify shows where a good copy is; push from a machine that has it.',
      details: { remote: worker.remote.name, missing },
    },
  );
}
