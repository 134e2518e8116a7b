import { join } from 'node:path';

/** `behavioral_events` from `BehavioralEvent.X`: lower case, every other character as `_`. */
export function datasetNameOf(table: string): string {
  const name = table.toLowerCase().replace(/[^a-z0-9_-]/g, '_');
  return (/^[a-z0-9]/.test(name) ? name : `t${name}`).slice(0, 64);
}

export const DATASET_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const SNAPSHOT_ID = /^\d{8}T\d{9}Z-[0-9a-f]{12}$/;

/** `20261027T020000123Z-3fa9c1d2e4b5`: sorts by time, tells equal contents apart from different ones. */
export function snapshotId(createdAt: Date, contentHash: string): string {
  const stamp = createdAt.toISOString().replace(/[-:.]/g, '');
  return `${stamp}-${contentHash.replace(/^v\d+:/, '').slice(0, 12)}`;
}

/** Every path of one dataset. Relative ones are relative to the project, with `/` between their parts. */
export interface DatasetLayout {
  readonly dataset: string;
  readonly directory: string;
  readonly versions: string;
  readonly latest: string;
  /** What people noted of versions. */
  readonly notes: string;
  /** Snapshots whose data were removed without another copy being known. */
  readonly removed: string;
  snapshot(id: string): string;
  manifest(id: string): string;
  /** The small file by which a version store tracks the folder (DVC's pointer). */
  pointer(id: string): string;
  absolute(relative: string): string;
}

export function datasetLayout(root: string, dataDirectory: string, dataset: string): DatasetLayout {
  const directory = `${dataDirectory}/${dataset}`;
  return {
    dataset,
    directory,
    versions: `${directory}/versions.ndjson`,
    latest: `${directory}/latest`,
    notes: `${directory}/notes.ndjson`,
    removed: `${directory}/removed.ndjson`,
    snapshot: (id) => `${directory}/${id}`,
    manifest: (id) => `${directory}/${id}.json`,
    pointer: (id) => `${directory}/${id}.dvc`,
    absolute: (relative) => join(root, ...relative.split('/')),
  };
}

/** `behavioral_events/v12` */
export function tagOf(dataset: string, version: number): string {
  return `${dataset}/v${version}`;
}

/** The folder of journals, locks and staging; git-ignored, mode 0700. */
export function privateDirectory(root: string): string {
  return join(root, '.snapkeep');
}
