import type { AnyRegistration } from './capabilities.ts';
import type { PluginContext } from './context.ts';
import type { CopyPlace, RemoteName, SnapshotRef } from './snapshot.ts';

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
  /** For messages of the user's own making. */
  readonly snapshot: string;
  readonly kind: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface NewTag {
  readonly name: string;
  /** Full id of the commit that it names. */
  readonly commit: string;
  /** One line. */
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
  /**
   * People's names for states of the project come and go, e.g. git's tags, and versions' own names are made again: all
   * of them or none. A name that exists, or to be removed doesn't, is an error; one that is in both lists is moved.
   * Commits and files stay as they are.
   */
  'version:tag': { readonly create: readonly NewTag[]; readonly remove: readonly string[] };
  /** These paths are decided, and only these: they will be in the commit that the user makes next. */
  'version:stage': { readonly paths: readonly CommitPath[] };
  /**
   * Data come back from cache or default remote, each snapshot's files into the folder `<staging>/<snapshot>`
   * (absolute, on the work tree's file system). The caller verifies the bytes and gives them their place.
   */
  'version:restore': {
    readonly snapshots: readonly SnapshotRef[];
    readonly staging: string;
    /**
     * What a cache holds need not be read to know that it is right: where the caller finds it damaged, the event comes
     * again without this. A store that reads it nevertheless is right too.
     */
    readonly unread?: boolean;
  };
  /** Data go to a remote, or to the default one. It is complete there afterwards, or the event fails. */
  'version:push': { readonly snapshots: readonly SnapshotRef[]; readonly remote?: string };
  /** Branch and tags go to others, once the data they name are there. `remote` absent: the branch's own. */
  'version:announce': { readonly tags: readonly string[]; readonly remote?: string };
  /** What the cache lacks of these snapshots comes from a remote, or from the default one. The work tree stays as it is. */
  'version:pull': { readonly snapshots: readonly SnapshotRef[]; readonly remote?: string };
  /**
   * Copies in the cache, or on a remote, that are missing or damaged are made anew from a whole one: of the work tree,
   * the cache, the remote. A whole copy is never touched; what can't be made anew stays as it is.
   */
  'version:repair': {
    readonly snapshots: readonly SnapshotRef[];
    readonly place: CopyPlace;
    readonly remote?: string;
  };
  /**
   * The cache forgets these snapshots, but for what others need: those of `keep`, and all that the work tree tracks.
   * The caller has seen to it that a whole copy is elsewhere, or was told to do without.
   */
  'version:evict': { readonly snapshots: readonly SnapshotRef[]; readonly keep: readonly SnapshotRef[] };
  'version:after': {
    readonly dataset: string;
    readonly version: number;
    readonly snapshot: string;
    readonly kind: string;
  };
  'rollback:after': { readonly dataset: string; readonly version: number; readonly from: number; readonly to: number };
  failure: { readonly command: string; readonly code: string; readonly message: string };
}

/** A copy that is whole again. */
export interface RepairedCopy {
  /** The snapshot's folder, relative to the project. */
  readonly directory: string;
  /** Relative to that folder; `null` for what a store keeps beside the files to know their names. */
  readonly path: string | null;
  readonly from: 'workspace' | CopyPlace;
}

/** What went to a remote, or came from it. */
export interface Transferred {
  readonly remote: RemoteName;
  readonly snapshots: readonly {
    readonly directory: string;
    /** All that the snapshot needs there. */
    readonly objects: number;
    /** Those of them that had to be moved. What several snapshots share counts for the first of them. */
    readonly moved: number;
    readonly movedBytes: number;
  }[];
}

/** What a handler may answer. */
export interface EventResults {
  capabilities: readonly AnyRegistration[];
  /** Small files that the commit must hold beside the manifest, e.g. the `.dvc` pointer. */
  'version:track': { readonly paths: readonly string[] } | undefined;
  'version:commit': { readonly commit: string; readonly tags: readonly string[] } | undefined;
  'version:tag': { readonly created: number; readonly removed: number } | undefined;
  'version:stage': { readonly staged: number } | undefined;
  'version:restore': { readonly restored: readonly string[] } | undefined;
  'version:push': Transferred | undefined;
  'version:pull': Transferred | undefined;
  'version:repair': { readonly repaired: readonly RepairedCopy[] } | undefined;
  'version:evict': { readonly removed: number } | undefined;
  'version:announce': { readonly remote: string; readonly branch: string; readonly tags: number } | undefined;
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
