import { access } from 'node:fs/promises';
import type { Manifest, SnapshotRef } from '@snapkeep/sdk';
import { type DatasetLayout, tagOf } from '../../store/layout.ts';
import { findManifest, manifestMissing, parseManifest } from '../../store/manifest-file.ts';
import { readRemoved } from '../../store/removed-file.ts';
import { readVersions, type VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { recordedFiles } from './stores.ts';

/** A version's manifest: the work tree's, else as its tag recorded it. @throws SNAPKEEP_INTEGRITY */
export async function manifestOf(
  runtime: Runtime,
  layout: DatasetLayout,
  line: Pick<VersionLine, 'version' | 'snapshot'>,
): Promise<Manifest> {
  const [manifest] = (await manifestsOf(runtime, layout, [line])).values();
  if (manifest === undefined) throw manifestMissing(layout.manifest(line.snapshot), FETCH);
  return manifest;
}

const FETCH = 'It was recorded by its version’s tag: git fetch --tags; in a shallow clone git fetch --unshallow.';

/** Manifests of versions by snapshot; those that have left the work tree are asked for all at once. */
export async function manifestsOf(
  runtime: Runtime,
  layout: DatasetLayout,
  lines: readonly Pick<VersionLine, 'version' | 'snapshot'>[],
): Promise<ReadonlyMap<string, Manifest>> {
  const manifests = new Map<string, Manifest>();
  const bySnapshot = [...new Map(lines.map((line) => [line.snapshot, line])).values()];
  const left: Pick<VersionLine, 'version' | 'snapshot'>[] = [];
  for (const line of bySnapshot) {
    const manifest = findManifest(layout, line.snapshot);
    if (manifest === undefined) left.push(line);
    else manifests.set(line.snapshot, manifest);
  }
  const texts = await recordedFiles(
    runtime,
    left.map(({ version, snapshot }) => ({ path: layout.manifest(snapshot), tag: tagOf(layout.dataset, version) })),
  );
  for (const [index, { snapshot }] of left.entries()) {
    const path = layout.manifest(snapshot);
    const text = texts[index] ?? null;
    if (text === null) throw manifestMissing(path, FETCH);
    manifests.set(snapshot, parseManifest(text, path, snapshot));
  }
  return manifests;
}

/** Snapshots whose manifests have left HEAD: their data are not meant to be here. None where no store has a history. */
export async function evictedSnapshots(
  runtime: Runtime,
  layout: DatasetLayout,
  lines: readonly Pick<VersionLine, 'version' | 'snapshot'>[],
): Promise<ReadonlySet<string>> {
  const snapshots = [...new Set(lines.map(({ snapshot }) => snapshot))];
  const present = await Promise.all(snapshots.map((id) => exists(layout.absolute(layout.manifest(id)))));
  const absent = snapshots.filter((_, index) => !present[index]);
  const inHead = await recordedFiles(
    runtime,
    absent.map((id) => ({ path: layout.manifest(id), tag: null })),
  );
  return new Set(absent.filter((_, index) => inHead[index] === null));
}

/**
 * When the data of which snapshots were removed for good. A snapshot that HEAD has again, because somebody brought its
 * data back and made it a version's once more, is not among them.
 */
export async function removedSnapshots(
  runtime: Runtime,
  layout: DatasetLayout,
  lines: readonly Pick<VersionLine, 'snapshot'>[],
): Promise<ReadonlyMap<string, string>> {
  const asked = new Set(lines.map(({ snapshot }) => snapshot));
  const given = [...(await readRemoved(layout))].filter(([snapshot]) => asked.has(snapshot));
  const inHead = await recordedFiles(
    runtime,
    given.map(([snapshot]) => ({ path: layout.manifest(snapshot), tag: null })),
  );
  return new Map(given.filter((_, index) => (inHead[index] ?? null) === null));
}

/**
 * Manifest and pointer of a version that have left the work tree, as they were recorded: a version that becomes
 * current again needs them in HEAD.
 */
export async function filesThatLeft(
  runtime: Runtime,
  layout: DatasetLayout,
  { version, snapshot }: Pick<VersionLine, 'version' | 'snapshot'>,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const paths = [layout.manifest(snapshot), layout.pointer(snapshot)];
  const present = await Promise.all(paths.map((path) => exists(layout.absolute(path))));
  const left = paths.filter((_, index) => !present[index]);
  const tag = tagOf(layout.dataset, version);
  const texts = await recordedFiles(
    runtime,
    left.map((path) => ({ path, tag })),
  );
  return left.flatMap((path, index) => {
    const text = texts[index] ?? null;
    return text === null ? [] : [{ path, text }];
  });
}

/** Snapshots as the stores are told of them, with the pointers that have left the work tree. */
export async function snapshotRefs(
  runtime: Runtime,
  layout: DatasetLayout,
  manifests: readonly Manifest[],
): Promise<readonly SnapshotRef[]> {
  const present = await Promise.all(manifests.map(({ snapshot }) => exists(layout.absolute(layout.pointer(snapshot)))));
  const left = manifests.filter((_, index) => !present[index]);
  const versions = left.length > 0 ? await readVersions(layout) : [];
  const asked = left.flatMap(({ snapshot }) => {
    const line = versions.findLast((candidate) => candidate.snapshot === snapshot);
    return line ? [{ snapshot, path: layout.pointer(snapshot), tag: tagOf(layout.dataset, line.version) }] : [];
  });
  const texts = await recordedFiles(runtime, asked);
  const pointers = new Map(asked.map(({ snapshot }, index) => [snapshot, texts[index] ?? null]));
  return manifests.map(({ dataset, snapshot, files }) => {
    const pointer = pointers.get(snapshot) ?? null;
    const ref = { dataset, snapshot, directory: layout.snapshot(snapshot), files };
    return pointer === null ? ref : { ...ref, pointer };
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
