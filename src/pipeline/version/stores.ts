import {
  type Incoming,
  type Inspection,
  type InspectRequest,
  type NamedCommit,
  type RecordedFile,
  type Revisions,
  SnapkeepError,
  type VersionFacts,
  type VersionRef,
  type VersionStore,
} from '@snapkeep/sdk';
import type { Journal } from '../../store/transaction.ts';
import type { Runtime } from '../runtime.ts';

/** The version stores that the configuration switched on, in its order. */
async function openStores(runtime: Runtime): Promise<{ name: string; store: VersionStore }[]> {
  return Promise.all(
    runtime.config.capabilities.versionStore.map(async (name) => ({
      name,
      store: await runtime.capability('versionStore', name),
    })),
  );
}

/** Throws where a version could not be recorded now: before anything is read or written. */
export async function preflightStores(runtime: Runtime): Promise<void> {
  const stores = await openStores(runtime);
  const asked = stores.map(({ name, store }) => store.preflight(runtime.context(name)));
  const answers = await Promise.allSettled(asked);
  // git first: without a repository DVC's complaint would only confuse.
  for (const answer of answers.toReversed()) if (answer.status === 'rejected') throw answer.reason;
}

/** Lets the stores start what a version will need, beside the reading. To be disposed of when the run has ended. */
export async function startStoresEarly(runtime: Runtime): Promise<AsyncDisposable> {
  const stores = await openStores(runtime);
  const started = await Promise.all(stores.map(({ name, store }) => store.startEarly?.(runtime.context(name))));
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(started.map((one) => one?.[Symbol.asyncDispose]()));
    },
  };
}

/** What a commit will be based on, by the first store that has such a thing. */
export async function headOf(runtime: Runtime): Promise<Journal['head']> {
  for (const { name, store } of await openStores(runtime)) {
    if (store.head) return store.head(runtime.context(name));
  }
  return null;
}

/** Lets every store remove the locks that a dead run left in it; says which in one line. */
export async function unlockStores(runtime: Runtime, { dataset, pid, startedAt, head }: Journal): Promise<void> {
  for (const { name, store } of await openStores(runtime)) {
    const run = { dataset, pid, startedAt, branch: head?.branch ?? null };
    const removed = (await store.unlock?.(run, runtime.context(name))) ?? [];
    if (removed.length > 0) runtime.log.warn(`removed locks of ${name} that it left: ${removed.join(', ')}`);
  }
}

/**
 * Whether any store holds a commit of this transaction. Where none of them commits, it is the swap of `latest` after which
 * nothing is undone any more.
 * @param latest - what it names now
 */
export async function isCommitted(runtime: Runtime, journal: Journal, latest: string | null): Promise<boolean> {
  const stores = await openStores(runtime);
  if (!stores.some(({ store }) => store.committed)) return latest !== journal.latestBefore && latest === journal.latest;
  for (const { name, store } of stores) {
    const since = journal.head?.commit ?? null;
    if (store.committed && (await store.committed(journal.transaction, since, runtime.context(name)))) return true;
  }
  return false;
}

/** What all stores know of these versions, laid over one another. */
export async function describeVersions(
  runtime: Runtime,
  versions: readonly VersionRef[],
  wanted?: readonly (keyof VersionFacts)[],
): Promise<VersionFacts[]> {
  const stores = await openStores(runtime);
  const known = await Promise.all(
    stores.map(({ name, store }) => store.describe(versions, runtime.context(name), wanted)),
  );
  return versions.map((_, index) => Object.assign({}, ...known.map((facts) => facts[index])) as VersionFacts);
}

/** Small files as versions recorded them; `null` for what no store knows. In the order asked. */
export async function recordedFiles(
  runtime: Runtime,
  files: readonly RecordedFile[],
): Promise<readonly (string | null)[]> {
  let texts: readonly (string | null)[] = files.map(() => null);
  if (files.length === 0) return texts;
  for (const { name, store } of await openStores(runtime)) {
    if (!store.recorded) continue;
    const found = await store.recorded(files, runtime.context(name));
    texts = texts.map((text, index) => text ?? found[index] ?? null);
  }
  return texts;
}

/** Names that people, and we, gave to states of the project. */
export async function namedCommits(runtime: Runtime): Promise<readonly NamedCommit[]> {
  for (const { name, store } of await openStores(runtime)) {
    if (store.tags) return store.tags(runtime.context(name));
  }
  return [];
}

/** The commits that brought these lines into a text file; `null` where no store knows. In the order asked. */
export async function introducedBy(
  runtime: Runtime,
  path: string,
  lines: readonly string[],
): Promise<readonly (string | null)[]> {
  for (const { name, store } of await openStores(runtime)) {
    if (store.introduced) return store.introduced(path, lines, runtime.context(name));
  }
  return lines.map(() => null);
}

/** What is being brought in, e.g. by a merge that stopped. */
export async function incomingOf(runtime: Runtime): Promise<Incoming> {
  for (const { name, store } of await openStores(runtime)) {
    if (store.incoming) return store.incoming(runtime.context(name));
  }
  return { operation: null, commit: null, before: null, conflicts: [] };
}

/** What the store that keeps copies has of the snapshots; `undefined` where none keeps any. */
export async function inspectCopies(runtime: Runtime, request: InspectRequest): Promise<Inspection | undefined> {
  for (const { name, store } of await openStores(runtime)) {
    if (store.inspect) return store.inspect(request, runtime.context(name));
  }
  return undefined;
}

export function noRemoteStore(runtime: Runtime): SnapkeepError {
  const stores = runtime.config.capabilities.versionStore.join(', ') || 'none';
  return new SnapkeepError('SNAPKEEP_REMOTE_FAILED', `no version store here keeps data on a remote (${stores})`, {
    hint: 'Write capabilities: {versionStore: [dvc, git]} into the configuration, then run snapkeep doctor --fix.',
  });
}

/** What a name stands for in the first store that has a history; nothing where none has. */
export async function revisionsOf(runtime: Runtime, name: string): Promise<Revisions> {
  for (const { name: own, store } of await openStores(runtime)) {
    if (store.revisions) return store.revisions(name, runtime.context(own));
  }
  return { matches: [], shallow: false };
}

/** A text file of the project as it was at a commit; `null` where it wasn't there. */
export async function fileAtCommit(runtime: Runtime, commit: string, path: string): Promise<string | null> {
  for (const { name, store } of await openStores(runtime)) {
    if (store.fileAt) return store.fileAt(commit, path, runtime.context(name));
  }
  return null;
}
