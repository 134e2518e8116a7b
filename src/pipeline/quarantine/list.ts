import type { Manifest } from '@snapkeep/sdk';
import { readVersions } from '../../store/versions-file.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { manifestsOf } from '../version/manifests.ts';
import { datasetNames } from '../version/names.ts';
import { openVersions } from '../version/select.ts';

/** A version that keeps rows which broke its schema. */
export interface ListedQuarantine {
  readonly dataset: string;
  readonly version: number;
  readonly snapshot: string;
  readonly createdAt: string;
  readonly rows: number;
  /** Rows read, the rejected ones among them. */
  readonly read: number;
  readonly bytes: number;
  /** The snapshot's folder of them, relative to the project. */
  readonly path: string;
  /** Most frequent first. */
  readonly causes: Manifest['validation']['causes'];
}

/** The `data` of `quarantine list --json`. */
export interface QuarantineList {
  readonly quarantines: readonly ListedQuarantine[];
}

/** The versions that keep rows, of one dataset or of all, oldest first. From the manifests alone. */
export async function listQuarantines(runtime: Runtime, name?: string): Promise<QuarantineList> {
  const datasets =
    name === undefined ? await datasetNames(runtime) : [(await openVersions(runtime, name)).layout.dataset];
  const quarantines: ListedQuarantine[] = [];
  for (const dataset of datasets) {
    const layout = layoutOf(runtime, dataset);
    const versions = await readVersions(layout);
    const manifests = await manifestsOf(runtime, layout, versions);
    for (const { version, snapshot, created } of versions) {
      const manifest = manifests.get(snapshot);
      if (!manifest?.quarantine) continue;
      const { rows, bytes, files } = manifest.quarantine;
      const folder = files[0]?.path.split('/').slice(0, -1).join('/') ?? '';
      quarantines.push({
        dataset,
        version,
        snapshot,
        createdAt: created,
        rows,
        read: manifest.counts.read,
        bytes,
        path: `${layout.snapshot(snapshot)}/${folder}`,
        causes: manifest.validation.causes,
      });
    }
  }
  return { quarantines };
}
