import type { PluginContext } from './context.ts';
import type { CopyPlace, RemoteName, SnapshotRef } from './snapshot.ts';

/** A version as the stores are asked about it. */
export interface VersionRef {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  /** e.g. `behavioral_events/v12`. */
  readonly tag: string;
  /** Relative to the project, e.g. `data/behavioral_events/<snapshot>`. */
  readonly directory: string;
}

/** What a store knows of a version; each field only where this store is the one that knows. */
export interface VersionFacts {
  readonly commit?: string;
  /** The tag, where it exists. */
  readonly tag?: string;
  /** Whether the bytes can be restored without a remote. */
  readonly cached?: boolean;
}

/** A small file of the project, manifest or pointer, as a version recorded it. */
export interface RecordedFile {
  /** Relative to the project. */
  readonly path: string;
  /**
   * The version's tag; where it isn't there, or lacks the path, the newest commit that held the path counts.
   * `null`: as the current commit has it, and nothing else.
   */
  readonly tag: string | null;
  /** What `tag` doesn't have is nowhere. */
  readonly exact?: boolean;
}

/** A name that somebody gave to a state of the project. */
export interface NamedCommit {
  readonly name: string;
  readonly commit: string;
}

/**
 * `whole`: the bytes are those of the manifest; they were read, or the place's own checksum says so. `present`: the
 * size is right, nobody looked at the bytes. `damaged`: another size, or other bytes.
 */
export type CopyState = 'whole' | 'present' | 'damaged' | 'missing';

export interface StoredCopy {
  /** Relative to the snapshot's folder; `null` for what a store keeps beside the files to know their names. */
  readonly path: string | null;
  readonly state: CopyState;
  /** Size or SHA-256 that was found where it is not the right one, else `null`. */
  readonly found: string | null;
  /** The work tree's file is a second name of these very bytes: nobody need read them twice. */
  readonly shared: boolean;
}

export interface InspectRequest {
  readonly snapshots: readonly SnapshotRef[];
  readonly place: CopyPlace;
  /** Absent: the default remote. Of the cache: from where the names of files come that it doesn't know itself; absent: nowhere. */
  readonly remote?: string;
  /** `size`: names and sizes. `checksum`: the place's own checksum where it has one, else as `bytes`. `bytes`: all is read. */
  readonly depth: 'size' | 'checksum' | 'bytes';
}

/** What a store has of each snapshot, in the order asked. */
export interface Inspection {
  /** `null` for the cache. */
  readonly remote: RemoteName | null;
  readonly snapshots: readonly { readonly directory: string; readonly copies: readonly StoredCopy[] }[];
}

/** Where a name of this store leads, e.g. a tag, a branch or a commit of git. */
export interface Revision {
  /** Full id. */
  readonly commit: string;
  /** The name in full, by which it is unambiguous, e.g. `refs/tags/paper-2026`, or the commit's id. */
  readonly name: string;
}

export interface Revisions {
  /** Several where the name is ambiguous; none where nothing here is called so. */
  readonly matches: readonly Revision[];
  /** Whether older history is missing here, as in a shallow clone of git. */
  readonly shallow: boolean;
}

/** Another history that is being brought in, e.g. by a merge of git that stopped at a conflict. */
export interface Incoming {
  /** `null` where nothing is under way. */
  readonly operation: 'merge' | 'rebase' | 'cherry-pick' | null;
  /** The commit that comes in; `null` where nothing is under way. */
  readonly commit: string | null;
  /** Where only what that commit changed comes in: the commit before it, else `null`. */
  readonly before: string | null;
  /** Paths in conflict, relative to the project. */
  readonly conflicts: readonly string[];
}

/** One line of `doctor`. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly message: string;
  /** What to do where `ok` is false; beside `ok` advice, shown as `!`. */
  readonly hint?: string;
  /** The code with which a command that needs this would fail. */
  readonly code?: string;
}

/** A run that was killed while it changed a dataset. */
export interface DeadRun {
  readonly dataset: string;
  readonly pid: number;
  /** When it began; UTC, ISO 8601. */
  readonly startedAt: string;
  /** The branch that it worked on, where a store has such a thing. */
  readonly branch: string | null;
}

/**
 * Reads of what a store knows. Whatever changes its state goes through the lifecycle events
 * (`version:track`, `version:commit`, …) and in no other way.
 */
export interface VersionStore {
  /** Files that belong into git once `fix` has run, relative to the project; those that exist are committed by `init`. */
  readonly projectFiles?: readonly string[];
  /** Patterns that git must not see, as `.gitignore` has them; `init` writes them. */
  readonly ignored?: readonly string[];
  /** What is there and what is missing; never throws for a missing tool. */
  check(context: PluginContext): Promise<readonly Check[]>;
  /** Puts right what can be put right without asking, e.g. installs a tool into the project. */
  fix?(context: PluginContext): Promise<void>;
  /**
   * Removes the store's own locks that a dead run left, and nothing else: only what is younger than that run and held
   * by no living process. Recovery asks this first. @returns what was removed, relative to the project or absolute
   */
  unlock?(run: DeadRun, context: PluginContext): Promise<readonly string[]>;
  /** Throws where a new version could not be recorded now: no repository, detached HEAD, no identity, tool missing. */
  preflight(context: PluginContext): Promise<void>;
  /**
   * A version will probably be tracked in this run: what takes long to start may be started beside the reading. Never
   * throws for what it can't start. What it gives is disposed of when the run has ended, tracked or not.
   */
  startEarly?(context: PluginContext): Promise<AsyncDisposable>;
  /** The state that a commit will be based on; `null` where the store is set to make none. */
  head?(context: PluginContext): Promise<{ readonly commit: string | null; readonly branch: string } | null>;
  /**
   * Whether a commit with the trailer `Snapshot-Tx: <transaction>` is reachable now and was not from `since`;
   * recovery asks it after a run died between commit and `latest`.
   */
  committed?(transaction: string, since: string | null, context: PluginContext): Promise<boolean>;
  /**
   * Small files as versions recorded them, also those that have left the work tree; `null` for what is nowhere.
   * In the order asked; must be quick for thousands. A store without it makes no history of them.
   */
  recorded?(files: readonly RecordedFile[], context: PluginContext): Promise<readonly (string | null)[]>;
  /** Names that people, and we, gave to states of the project, e.g. git's tags: what `recorded` takes as `tag`. */
  tags?(context: PluginContext): Promise<readonly NamedCommit[]>;
  /**
   * The commits that brought these lines into a text file, in the order asked: the first of the present branch's
   * history that has the line, where it was the last one of the file; `null` where there is none here.
   * @param path - relative to the project
   * @param lines - whole, or a part of a line by which it is known; a whole one goes first
   */
  introduced?(path: string, lines: readonly string[], context: PluginContext): Promise<readonly (string | null)[]>;
  /**
   * Looks at the copies that this store keeps. A store without it keeps none.
   * @throws SNAPKEEP_REMOTE_FAILED where the remote can't be asked
   */
  inspect?(request: InspectRequest, context: PluginContext): Promise<Inspection>;
  /** What a name stands for, where this store has a history that can be named. */
  revisions?(name: string, context: PluginContext): Promise<Revisions>;
  /** What is being brought in. A store without it never is in the midst of such a thing. */
  incoming?(context: PluginContext): Promise<Incoming>;
  /** A text file of the project as it was at a commit; `null` where it wasn't there. @param path - relative to the project */
  fileAt?(commit: string, path: string, context: PluginContext): Promise<string | null>;
  /**
   * Facts in the order asked. Must be one quick call for thousands of versions.
   * @param wanted - what is asked for; a store may leave out the rest. Absent: all
   */
  describe(
    versions: readonly VersionRef[],
    context: PluginContext,
    wanted?: readonly (keyof VersionFacts)[],
  ): Promise<readonly VersionFacts[]>;
}
