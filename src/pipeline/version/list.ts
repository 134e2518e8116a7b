import type { Manifest, VersionFacts } from '@snapkeep/sdk';
import { tagOf } from '../../store/layout.ts';
import { readVersions, type VersionKind } from '../../store/versions-file.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { manifestOf, manifestsOf } from './manifests.ts';
import { datasetNames } from './names.ts';
import { openVersions, selectVersion, type VersionedDataset } from './select.ts';
import { describeVersions } from './stores.ts';

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
  readonly current: boolean;
}

export interface VersionList {
  readonly versions: readonly ListedVersion[];
}

async function listDataset(runtime: Runtime, dataset: VersionedDataset): Promise<ListedVersion[]> {
  const { layout, versions, current } = dataset;
  const facts = await describeVersions(
    runtime,
    versions.map(({ version, snapshot }) => ({
      dataset: layout.dataset,
      version,
      snapshot,
      tag: tagOf(layout.dataset, version),
      directory: layout.snapshot(snapshot),
    })),
  );
  const manifests = await manifestsOf(runtime, layout, versions);
  return versions.map((line, index) => ({
    dataset: layout.dataset,
    version: line.version,
    snapshot: line.snapshot,
    kind: line.kind,
    rows: manifests.get(line.snapshot)?.rows ?? 0,
    bytes: manifests.get(line.snapshot)?.bytes ?? 0,
    createdAt: line.created,
    message: line.message,
    commit: facts[index]?.commit ?? null,
    tag: facts[index]?.tag ?? null,
    current: line === current,
  }));
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
    current: line === current,
    cached: facts?.cached ?? null,
    path,
    manifest,
  };
}
