import { access, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isSnapkeepError, type Manifest, type SnapshotRef, type StoredCopy, snapshotFiles } from '@snapkeep/sdk';
import { contentOf } from '../../../store/durable.ts';
import type { DatasetLayout } from '../../../store/layout.ts';
import type { Runtime } from '../../runtime.ts';
import { manifestsOf, snapshotRefs } from '../manifests.ts';
import { inspectCopies, recordedFiles } from '../stores.ts';
import type { ExpiredSnapshot } from './retention.ts';

/** A snapshot that no kept version names, and where it still is. */
export interface Candidate {
  readonly manifest: Manifest;
  readonly ref: SnapshotRef;
  readonly versions: readonly number[];
  /** Manifest and pointer that HEAD still has, relative to the project. */
  readonly inHead: readonly string[];
  /** What of somebody else's would go with it; `null`: nothing. */
  readonly obstacle: string | null;
  /** Places that it would leave: something of it is there. */
  readonly leaves: readonly ('workspace' | 'cache')[];
  /** Bytes of the disk that this would free. */
  readonly freesBytes: number;
  /** Whether the cache has all of it whole. */
  readonly cached: boolean;
}

/** Those of the expired snapshots that have not left yet, oldest first. @param cache - whether the cache's copies are to leave too */
export async function findCandidates(
  runtime: Runtime,
  layout: DatasetLayout,
  expired: readonly ExpiredSnapshot[],
  cache: boolean,
): Promise<readonly Candidate[]> {
  const lines = expired.map(({ snapshot, versions }) => ({ snapshot, version: versions.at(-1) ?? 0 }));
  const known = await manifestsOf(runtime, layout, lines);
  const manifests = expired.flatMap(({ snapshot }) => known.get(snapshot) ?? []);
  const refs = await snapshotRefs(runtime, layout, manifests);
  const inHead = await filesInHead(runtime, layout, manifests);
  const candidates: Candidate[] = [];
  for (const [index, ref] of refs.entries()) {
    const manifest = manifests[index];
    const versions = expired.find(({ snapshot }) => snapshot === ref.snapshot)?.versions;
    if (manifest === undefined || versions === undefined) continue;
    const present = await exists(layout.absolute(ref.directory));
    const files = inHead.get(ref.snapshot) ?? [];
    // Without the cache what has left needn't be read again.
    if (!cache && !present && files.length === 0) continue;
    const copies = await cachedCopies(runtime, ref);
    const isCached = cache && copies.some(({ state }) => state !== 'missing');
    if (!isCached && !present && files.length === 0) continue;
    const leaves = [...(present ? (['workspace'] as const) : []), ...(isCached ? (['cache'] as const) : [])];
    candidates.push({
      manifest,
      ref,
      versions,
      inHead: files.map(({ path }) => path),
      obstacle: await obstacleOf(layout, manifest, files),
      leaves,
      freesBytes: bytesFreed(manifest, copies, leaves),
      cached: copies.length > 0 && copies.every(({ state }) => state === 'whole'),
    });
  }
  return candidates;
}

interface FileInHead {
  readonly path: string;
  /** The work tree has another text. */
  readonly changed: boolean;
}

/** By snapshot. Nothing where no store has a history: then manifests and pointers stay where they are. */
async function filesInHead(
  runtime: Runtime,
  layout: DatasetLayout,
  manifests: readonly Manifest[],
): Promise<ReadonlyMap<string, readonly FileInHead[]>> {
  const asked = manifests.flatMap(({ snapshot }) =>
    [layout.manifest(snapshot), layout.pointer(snapshot)].map((path) => ({ snapshot, path, tag: null })),
  );
  const texts = await recordedFiles(runtime, asked);
  const found = new Map<string, FileInHead[]>();
  for (const [index, { snapshot, path }] of asked.entries()) {
    const committed = texts[index] ?? null;
    if (committed === null) continue;
    const text = (await contentOf(layout.absolute(path))) ?? committed;
    found.set(snapshot, [...(found.get(snapshot) ?? []), { path, changed: text !== committed }]);
  }
  return found;
}

/** What somebody wrote into our files, or laid beside them, is nowhere else. */
async function obstacleOf(
  layout: DatasetLayout,
  manifest: Manifest,
  inHead: readonly FileInHead[],
): Promise<string | null> {
  const changed = inHead.find((file) => file.changed)?.path;
  if (changed !== undefined) return `${changed} has changes that are not committed`;
  const folder = layout.snapshot(manifest.snapshot);
  const ours = new Set(snapshotFiles(manifest).map(({ path }) => path));
  const entries = await readdir(layout.absolute(folder), { recursive: true, withFileTypes: true }).catch(noFolder);
  const foreign = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(layout.absolute(folder), join(entry.parentPath, entry.name)))
    .find((path) => !ours.has(path));
  return foreign === undefined ? null : `${folder}/${foreign} is not part of the snapshot`;
}

/** One that can't be looked into may hold anything. */
function noFolder(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function cachedCopies(runtime: Runtime, ref: SnapshotRef): Promise<readonly StoredCopy[]> {
  try {
    const found = await inspectCopies(runtime, { snapshots: [ref], place: 'cache', depth: 'bytes' });
    return found?.snapshots[0]?.copies ?? [];
  } catch (error) {
    // One without a pointer was never tracked.
    if (isSnapkeepError(error) && error.code === 'SNAPKEEP_INTEGRITY') return [];
    throw error;
  }
}

/** Bytes that work tree and cache share are freed once both let go of them. */
function bytesFreed(
  manifest: Manifest,
  copies: readonly StoredCopy[],
  leaves: readonly ('workspace' | 'cache')[],
): number {
  const [workspace, cache] = [leaves.includes('workspace'), leaves.includes('cache')];
  return snapshotFiles(manifest).reduce((sum, { path, bytes }) => {
    const copy = copies.find((one) => one.path === path);
    const inCache = copy !== undefined && copy.state !== 'missing';
    if (copy?.shared) return sum + (workspace && cache ? bytes : 0);
    return sum + (workspace ? bytes : 0) + (cache && inCache ? bytes : 0);
  }, 0);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
