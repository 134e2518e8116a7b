import type { VersionFacts, VersionRef, VersionStore } from '@snapkeep/sdk';
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
  // git first: without a repository DVC's complaint would only confuse.
  for (const { name, store } of stores.toReversed()) await store.preflight(runtime.context(name));
}

/** What a commit will be based on, by the first store that has such a thing. */
export async function headOf(runtime: Runtime): Promise<Journal['head']> {
  for (const { name, store } of await openStores(runtime)) {
    if (store.head) return store.head(runtime.context(name));
  }
  return null;
}

/** Whether any store holds a commit of this transaction. */
export async function isCommitted(runtime: Runtime, journal: Journal): Promise<boolean> {
  for (const { name, store } of await openStores(runtime)) {
    const since = journal.head?.commit ?? null;
    if (store.committed && (await store.committed(journal.transaction, since, runtime.context(name)))) return true;
  }
  return false;
}

/** What all stores know of these versions, laid over one another. */
export async function describeVersions(runtime: Runtime, versions: readonly VersionRef[]): Promise<VersionFacts[]> {
  const stores = await openStores(runtime);
  const known = await Promise.all(stores.map(({ name, store }) => store.describe(versions, runtime.context(name))));
  return versions.map((_, index) => Object.assign({}, ...known.map((facts) => facts[index])) as VersionFacts);
}
