import type { SnapshotFile } from './manifest.ts';

/** A snapshot as version stores are told of it. */
export interface SnapshotRef {
  readonly dataset: string;
  readonly snapshot: string;
  /** Relative to the project, `/` between parts. */
  readonly directory: string;
  readonly files: readonly SnapshotFile[];
  /** Text of the small file by which a store tracks the data, where that file has left the work tree. */
  readonly pointer?: string;
}

/** A remote of a version store. */
export interface RemoteName {
  readonly name: string;
  /** Its address, without secrets. */
  readonly url: string;
}

/** Where a store keeps a snapshot's bytes beside the work tree. */
export type CopyPlace = 'cache' | 'remote';
