import { lstat } from 'node:fs/promises';
import {
  type CopyPlace,
  isSnapkeepError,
  type Manifest,
  type RemoteName,
  type StoredCopy,
  snapshotFiles,
} from '@snapkeep/sdk';
import { refuseLinks } from '../../store/containment.ts';
import type { DatasetLayout } from '../../store/layout.ts';
import { type FileFault, type FileProblem, verifyFiles } from '../../store/verify.ts';
import type { Runtime } from '../runtime.ts';
import { snapshotRefs } from './manifests.ts';
import { inspectCopies } from './stores.ts';

/** Where the bytes of a snapshot can be. */
export type Place = 'workspace' | CopyPlace;

/** One copy of one file that isn't what the manifest says. */
export interface CopyProblem {
  readonly place: Place;
  /** Relative to the snapshot's folder; `null`: the store's own listing of it (DVC's `.dir`). */
  readonly path: string | null;
  readonly problem: FileFault;
  readonly expected: string | null;
  readonly found: string | null;
  /** Places that have this file whole. */
  readonly good: readonly Place[];
}

/** All that is known of a snapshot's bytes after every one of them was read. */
export interface Examined {
  readonly manifest: Manifest;
  /** Nothing of it is meant to be here: manifest and pointer have left HEAD. */
  readonly evicted: boolean;
  /** When its data were removed for good, where none of the places that were read has anything of it; else `null`. */
  readonly removed: string | null;
  readonly problems: readonly CopyProblem[];
  /** Places where all of its files are whole. */
  readonly good: readonly Place[];
}

export interface Examination {
  readonly remote: RemoteName | null;
  /** By snapshot. */
  readonly snapshots: ReadonlyMap<string, Examined>;
}

interface ExamineOptions {
  /** Snapshots that are not in HEAD any more. */
  readonly evicted: ReadonlySet<string>;
  /** When the data of which snapshots were removed for good. */
  readonly removed: ReadonlyMap<string, string>;
  /** `false`: the remote isn't asked; absent name: the default one. */
  readonly remote: { readonly name?: string | undefined } | false;
  readonly onSnapshot?: (snapshot: string) => void;
}

/** Reads every copy of the snapshots: work tree, cache and, where asked, remote. @throws SNAPKEEP_REMOTE_FAILED */
export async function examineSnapshots(
  runtime: Runtime,
  layout: DatasetLayout,
  manifests: readonly Manifest[],
  options: ExamineOptions,
): Promise<Examination> {
  const refs = await snapshotRefs(runtime, layout, manifests);
  const asked = options.remote;
  const there =
    asked === false
      ? undefined
      : await inspectCopies(runtime, {
          snapshots: refs,
          place: 'remote',
          depth: 'bytes',
          ...(asked.name === undefined ? {} : { remote: asked.name }),
        });
  const snapshots = new Map<string, Examined>();
  for (const [index, manifest] of manifests.entries()) {
    const ref = refs[index];
    if (ref === undefined) continue;
    const cached = await inspectCopies(runtime, { snapshots: [ref], place: 'cache', depth: 'bytes' }).catch(noPointer);
    const copies = new Map<CopyPlace, readonly StoredCopy[]>();
    if (cached?.snapshots[0]) copies.set('cache', cached.snapshots[0].copies);
    if (there?.snapshots[index]) copies.set('remote', there.snapshots[index].copies);
    snapshots.set(manifest.snapshot, await examine(runtime, layout, manifest, copies, options));
    options.onSnapshot?.(manifest.snapshot);
  }
  return { remote: there?.remote ?? null, snapshots };
}

/** A snapshot without a pointer, as of before there was a store, has no copies there. */
function noPointer(error: unknown): undefined {
  if (isSnapkeepError(error) && error.code === 'SNAPKEEP_INTEGRITY') return undefined;
  throw error;
}

async function examine(
  runtime: Runtime,
  layout: DatasetLayout,
  manifest: Manifest,
  copies: ReadonlyMap<CopyPlace, readonly StoredCopy[]>,
  options: Pick<ExamineOptions, 'evicted' | 'removed'>,
): Promise<Examined> {
  const given = options.removed.get(manifest.snapshot) ?? null;
  const evicted = given !== null || options.evicted.has(manifest.snapshot);
  const wanted = new Map(snapshotFiles(manifest).map((file) => [file.path, file]));
  const workspace = await workspaceProblems(runtime, layout, manifest, copies.get('cache') ?? []);
  const absent =
    workspace.length === snapshotFiles(manifest).length && workspace.every(({ problem }) => problem === 'missing');
  const goodAt = new Map<Place, ReadonlySet<string>>();
  const bad = new Set(workspace.map(({ path }) => path));
  goodAt.set('workspace', new Set([...wanted.keys()].filter((path) => !bad.has(path))));
  for (const [place, all] of copies) {
    const whole = all.flatMap(({ path, state }) => (path !== null && state === 'whole' ? [path] : []));
    // Without the listing nobody finds the files.
    const listed = all.every(({ path, state }) => path !== null || state === 'whole');
    goodAt.set(place, new Set(listed ? whole : []));
  }
  const good = (path: string | null): Place[] =>
    path === null ? [] : [...goodAt].filter(([, paths]) => paths.has(path)).map(([place]) => place);
  const anywhere = [...wanted.keys()].every((path) => good(path).length > 0);
  const problems: CopyProblem[] = [];
  if (!(evicted && absent)) {
    for (const { path, problem, expected, found } of workspace) {
      problems.push({ place: 'workspace', path, problem, expected, found, good: good(path) });
    }
  }
  for (const [place, all] of copies) {
    // An evicted snapshot may have left a place, as long as it is somewhere, or was given up.
    const mayBeAbsent =
      evicted && (place === 'cache' || anywhere || given !== null) && all.every(({ state }) => state === 'missing');
    if (mayBeAbsent) continue;
    for (const copy of all.filter(({ state }) => state !== 'whole')) {
      const { path, found } = copy;
      const file = path === null ? undefined : wanted.get(path);
      const problem = faultOf(copy);
      const expected = problem === 'wrong size' ? `${file?.bytes}` : (file?.sha256 ?? null);
      problems.push({ place, path, problem, expected, found, good: good(path) });
    }
  }
  const whole = [...goodAt].filter(([, paths]) => paths.size === wanted.size).map(([place]) => place);
  const removed = problems.length === 0 && whole.length === 0 ? given : null;
  return { manifest, evicted, removed, problems, good: whole };
}

function faultOf({ state, found }: StoredCopy): FileFault {
  if (state === 'missing') return 'missing';
  return found !== null && /^\d+$/.test(found) && found.length < 64 ? 'wrong size' : 'wrong bytes';
}

/** Bytes that the cache shares with the work tree were read there already. */
async function workspaceProblems(
  runtime: Runtime,
  layout: DatasetLayout,
  manifest: Manifest,
  cached: readonly StoredCopy[],
): Promise<FileProblem[]> {
  const path = layout.snapshot(manifest.snapshot);
  await refuseLinks(runtime.root, layout.directory);
  const stats = await lstat(layout.absolute(path)).catch(() => null);
  if (stats?.isSymbolicLink()) {
    return snapshotFiles(manifest).map((file) => ({
      path: file.path,
      problem: 'a link',
      expected: file.sha256,
      found: null,
    }));
  }
  const shared = new Set(cached.flatMap((copy) => (copy.shared && copy.state === 'whole' ? [copy.path] : [])));
  const rest = snapshotFiles(manifest).filter((file) => !shared.has(file.path));
  return verifyFiles(layout.absolute(path), rest, runtime.signal);
}
