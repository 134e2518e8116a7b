import { readdir } from 'node:fs/promises';
import type { Manifest, VersionFacts } from '@snapkeep/sdk';
import { type DatasetLayout, tagOf } from '../../store/layout.ts';
import { readNotes } from '../../store/notes-file.ts';
import { readVersions, type VersionKind, type VersionLine } from '../../store/versions-file.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { manifestOf, manifestsOf, removedSnapshots } from './manifests.ts';
import { datasetNames } from './names.ts';
import type { Note } from './note.ts';
import { openVersions, selectVersion, type VersionedDataset } from './select.ts';
import { describeVersions } from './stores.ts';
import { changeBetween, summariesOf, type VersionChange } from './summaries.ts';
import { peoplesTags } from './tags.ts';

export interface ListedVersion {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  readonly kind: VersionKind;
  readonly rows: number;
  readonly bytes: number;
  readonly createdAt: string;
  readonly message: string;
  readonly commit: string | null;
  readonly tag: string | null;
  /** Names that people gave, by `version tag` or by git. */
  readonly tags: readonly string[];
  /** Oldest first. */
  readonly notes: readonly Note[];
  /** Against the version before, from the manifests alone; `null` for the first. */
  readonly change: VersionChange | null;
  readonly current: boolean;
  /** When its data were removed for good (version gc --confirm), where they aren't here again; else `null`. */
  readonly removed: string | null;
}

export interface VersionList {
  readonly versions: readonly ListedVersion[];
}

async function listDataset(runtime: Runtime, dataset: VersionedDataset): Promise<ListedVersion[]> {
  const { layout, versions, current } = dataset;
  const refs = versions.map(({ version, snapshot }) => ({
    dataset: layout.dataset,
    version,
    snapshot,
    tag: tagOf(layout.dataset, version),
    directory: layout.snapshot(snapshot),
  }));
  // git's processes answer while the manifests are read.
  const [facts, tags, notes, summaries, removed] = await Promise.all([
    describeVersions(runtime, refs, ['commit', 'tag']),
    peoplesTags(runtime, layout, versions),
    readNotes(layout, versions),
    summariesOf(runtime, layout, versions),
    removedAndAbsent(runtime, layout, versions),
  ]);
  return versions.map((line, index) => ({
    dataset: layout.dataset,
    version: line.version,
    snapshot: line.snapshot,
    kind: line.kind,
    rows: summaries[index]?.rows ?? 0,
    bytes: summaries[index]?.bytes ?? 0,
    createdAt: line.created,
    message: line.message,
    commit: facts[index]?.commit ?? null,
    tag: facts[index]?.tag ?? null,
    tags: (tags.get(line.version) ?? []).map(({ name }) => name),
    notes: (notes.get(line.version) ?? []).map(({ created, text }) => ({ created, text })),
    change: summaries[index]?.change ?? null,
    current: line === current,
    removed: removed.get(line.snapshot) ?? null,
  }));
}

/** When the data of which snapshots were removed for good, but for those that somebody brought back. */
async function removedAndAbsent(
  runtime: Runtime,
  layout: DatasetLayout,
  versions: readonly VersionLine[],
): Promise<ReadonlyMap<string, string>> {
  const removed = await removedSnapshots(runtime, layout, versions);
  if (removed.size === 0) return removed;
  const here = new Set(await readdir(layout.absolute(layout.directory)));
  return new Map([...removed].filter(([snapshot]) => !here.has(snapshot)));
}

/** Every version of one dataset or of all, oldest first. */
export async function listVersions(runtime: Runtime, name?: string): Promise<VersionList> {
  if (name !== undefined) return { versions: await listDataset(runtime, await openVersions(runtime, name)) };
  const all: ListedVersion[] = [];
  for (const dataset of await datasetNames(runtime)) {
    const layout = layoutOf(runtime, dataset);
    if ((await readVersions(layout)).length > 0)
      all.push(...(await listDataset(runtime, await openVersions(runtime, dataset))));
  }
  return { versions: all };
}

export interface ShownVersion extends ListedVersion {
  /** Whether the bytes can be restored without a remote; `null` where no store knows. */
  readonly cached: boolean | null;
  readonly path: string;
  readonly manifest: Manifest;
}

/** One version with all that its manifest says. */
export async function showVersion(runtime: Runtime, name: string, selector: string): Promise<ShownVersion> {
  const dataset = await openVersions(runtime, name);
  const { layout, current } = dataset;
  const line = await selectVersion(runtime, dataset, selector);
  const manifest = await manifestOf(runtime, layout, line);
  const tag = tagOf(layout.dataset, line.version);
  const path = layout.snapshot(line.snapshot);
  const ref = { dataset: layout.dataset, version: line.version, snapshot: line.snapshot, tag, directory: path };
  const facts: VersionFacts | undefined = (await describeVersions(runtime, [ref]))[0];
  const tags = (await peoplesTags(runtime, layout, dataset.versions)).get(line.version) ?? [];
  const notes = (await readNotes(layout, dataset.versions)).get(line.version) ?? [];
  const previous = dataset.versions[line.version - 2];
  const before =
    previous && (await manifestsOf(runtime, layout, [previous]).catch(() => undefined))?.get(previous.snapshot);
  return {
    dataset: layout.dataset,
    version: line.version,
    snapshot: line.snapshot,
    kind: line.kind,
    rows: manifest.rows,
    bytes: manifest.bytes,
    createdAt: line.created,
    message: line.message,
    commit: facts?.commit ?? null,
    tag: facts?.tag ?? null,
    tags: tags.map(({ name: tag }) => tag),
    notes: notes.map(({ created, text }) => ({ created, text })),
    change: changeBetween(before, manifest),
    current: line === current,
    removed: (await removedAndAbsent(runtime, layout, [line])).get(line.snapshot) ?? null,
    cached: facts?.cached ?? null,
    path,
    manifest,
  };
}
