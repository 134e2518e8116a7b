import type { AnyRegistration } from './capabilities.ts';
import type { PluginContext } from './context.ts';
import type { SnapshotFile } from './manifest.ts';

/** A snapshot as the version events name it. */
export interface SnapshotRef {
  readonly dataset: string;
  readonly snapshot: string;
  /** Relative to the project, `/` between parts. */
  readonly directory: string;
  readonly files: readonly SnapshotFile[];
}

/** One path that a commit must hold, relative to the project. */
export type CommitPath =
  | { readonly kind: 'file'; readonly path: string }
  /** A symbolic link that need not be in the work tree yet. */
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'removed'; readonly path: string };

export interface CommitVersion {
  readonly dataset: string;
  readonly version: number;
  readonly tag: string;
  /** One line for the tag. */
  readonly message: string;
}

/** What each lifecycle event carries, beside `context` and `stores`. */
export interface EventPayloads {
  /** Discovery: every plugin answers with what it provides. */
  capabilities: Record<never, never>;
  'export:before': { readonly dataset: string };
  'export:after': {
    readonly dataset: string;
    readonly snapshot: string;
    readonly version: number | null;
    readonly rows: number;
  };
  'validate:before': { readonly dataset: string };
  'validate:after': { readonly dataset: string; readonly rows: number; readonly rejected: number };
  'sync:before': { readonly dataset: string; readonly target: string };
  'sync:after': { readonly dataset: string; readonly target: string; readonly rows: number };
  /** Data becomes tracked (DVC: `dvc add` on exactly this folder). */
  'version:track': { readonly snapshot: SnapshotRef };
  /** Several versions become one commit and their tags, or nothing changes. */
  'version:commit': {
    /** Id of the transaction; the commit carries it as the trailer `Snapshot-Tx`. */
    readonly transaction: string;
    readonly message: string;
    readonly paths: readonly CommitPath[];
    /** May be empty: a commit of files alone, as `init` makes it. */
    readonly versions: readonly CommitVersion[];
    /**
     * The commit stands, but its run was killed right after it: only what follows a commit is done again for
     * `paths`, e.g. git's index. No commit is made, whatever the paths hold now.
     */
    readonly committed?: boolean;
  };
  /** Data that left the work tree comes back from cache or remote. The caller verifies the bytes. */
  'version:restore': { readonly snapshots: readonly SnapshotRef[] };
  'version:push': { readonly snapshots: readonly SnapshotRef[]; readonly remote?: string };
  'version:pull': { readonly snapshots: readonly SnapshotRef[]; readonly remote?: string };
  'version:after': {
    readonly dataset: string;
    readonly version: number;
    readonly snapshot: string;
    readonly kind: string;
  };
  'rollback:after': { readonly dataset: string; readonly version: number; readonly from: number; readonly to: number };
  failure: { readonly command: string; readonly code: string; readonly message: string };
}

/** What a handler may answer. */
export interface EventResults {
  capabilities: readonly AnyRegistration[];
  /** Small files that the commit must hold beside the manifest, e.g. the `.dvc` pointer. */
  'version:track': { readonly paths: readonly string[] } | undefined;
  'version:commit': { readonly commit: string; readonly tags: readonly string[] } | undefined;
  'version:restore': { readonly restored: readonly string[] } | undefined;
}

export type EventName = keyof EventPayloads;
export type EventResult<E extends EventName> = E extends keyof EventResults ? EventResults[E] : undefined;

/** What a handler receives. */
export type SnapkeepEvent<E extends EventName> = EventPayloads[E] & {
  readonly context: PluginContext;
  /** Names of the version stores that the configuration switched on; a store that isn't among them does nothing. */
  readonly stores: readonly string[];
  /**
   * How the host delivers `context`: oclif lays one of its own over ours. Its `settings` are the whole
   * block `plugins` of the configuration. {@link onEvent} and {@link forStore} put it where it belongs.
   */
  readonly pluginContext?: PluginContext;
};

/** A handler as a plugin exports it by default from the module that its `oclif.hooks` names. */
export type EventHandler<E extends EventName> = (event: SnapkeepEvent<E>) => Promise<EventResult<E> | undefined>;

function ownContext(context: PluginContext, name: string): PluginContext {
  const own = context.settings[name];
  return { ...context, settings: typeof own === 'object' && own !== null ? { ...own } : {} };
}

/**
 * A handler with its context as {@link PluginContext} promises it. Wrap every handler in this or in
 * {@link forStore}. @param name - whose block of `plugins` becomes `context.settings`
 */
export function onEvent<E extends EventName>(
  name: string,
  handle: (event: SnapkeepEvent<E>) => Promise<EventResult<E> | undefined>,
): EventHandler<E> {
  return async (event) =>
    handle(event.pluginContext ? { ...event, context: ownContext(event.pluginContext, name) } : event);
}

/** A handler that runs only where the configuration switched this version store on. */
export function forStore<E extends EventName>(
  store: string,
  handle: (event: SnapkeepEvent<E>) => Promise<EventResult<E> | undefined>,
): EventHandler<E> {
  const own = onEvent(store, handle);
  return async (event) => (event.stores.includes(store) ? own(event) : undefined);
}
