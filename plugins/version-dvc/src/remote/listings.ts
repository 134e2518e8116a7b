import { type Tracked, withListing } from '../objects/wanted.ts';
import type { RemoteWorker } from './worker.ts';

/** Where the cache lacks a listing, the remote's is taken: it proves itself by its name. */
export async function completeListings(tracked: readonly Tracked[], worker: RemoteWorker): Promise<Tracked[]> {
  const lacking = tracked.filter(({ listing }) => listing === undefined);
  const texts = await worker.texts([...new Set(lacking.map(({ pointer }) => pointer.md5))]);
  return tracked.map((one) =>
    one.listing === undefined ? withListing(one.snapshot, one.pointer, texts.get(one.pointer.md5) ?? undefined) : one,
  );
}
