import type { Keyword } from './keyword.ts';
import type { Source } from './source.ts';
import type { SyncTarget } from './sync-target.ts';
import type { Validator } from './validator.ts';
import type { VersionStore } from './version-store.ts';
import type { Writer } from './writer.ts';

/** The version of this contract. A plugin registered for another one is refused with its name. */
export const API_VERSION = 1;

/** What each kind of capability must be able to do. */
export interface CapabilityKinds {
  source: Source;
  validator: Validator;
  keyword: Keyword;
  writer: Writer;
  syncTarget: SyncTarget;
  versionStore: VersionStore;
}

export type CapabilityKind = keyof CapabilityKinds;

export const CAPABILITY_KINDS = [
  'source',
  'validator',
  'keyword',
  'writer',
  'syncTarget',
  'versionStore',
] as const satisfies readonly CapabilityKind[];

/** One capability as a plugin offers it. */
export interface CapabilityRegistration<K extends CapabilityKind = CapabilityKind> {
  readonly kind: K;
  /** The name by which a configuration chooses it, e.g. `postgres`. Unique within its kind. */
  readonly name: string;
  readonly apiVersion: typeof API_VERSION;
  /** Imports the heavy module. Called at most once a run, and only when the capability is used. */
  readonly open: () => Promise<CapabilityKinds[K]>;
}

/** Any registration, its kind and its `open` in step. */
export type AnyRegistration = { [K in CapabilityKind]: CapabilityRegistration<K> }[CapabilityKind];

/** Gives a registration its exact type; returns its argument. */
export function defineCapability<K extends CapabilityKind>(
  kind: K,
  name: string,
  open: () => Promise<CapabilityKinds[K]>,
): CapabilityRegistration<K> {
  return { kind, name, apiVersion: API_VERSION, open };
}
