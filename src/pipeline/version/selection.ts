import { SnapkeepError, type SnapshotRef } from '@snapkeep/sdk';
import { readVersions, type VersionLine } from '../../store/versions-file.ts';
import { layoutOf } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { manifestsOf, snapshotRefs } from './manifests.ts';
import { datasetNames } from './names.ts';
import { openVersions, type VersionedDataset } from './select.ts';
import { selectVersions } from './select-several.ts';

/** Which versions a command moves between here and a remote. */
export interface Selection {
  /** Absent: every dataset that has versions. */
  readonly name?: string | undefined;
  readonly selector?: string | undefined;
  readonly all?: boolean | undefined;
}

/** A dataset, and those of its versions that are meant. */
export interface Selected {
  readonly dataset: VersionedDataset;
  readonly lines: readonly VersionLine[];
}

/** @throws SNAPKEEP_DATASET_UNKNOWN, SNAPKEEP_VERSION_UNKNOWN, SNAPKEEP_USAGE */
export async function selectDatasets(
  runtime: Runtime,
  { name, selector, all = false }: Selection,
): Promise<readonly Selected[]> {
  if (name !== undefined) {
    const dataset = await openVersions(runtime, name);
    return [{ dataset, lines: await selectVersions(runtime, dataset, selector, all) }];
  }
  const datasets: VersionedDataset[] = [];
  for (const candidate of await datasetNames(runtime)) {
    const layout = layoutOf(runtime, candidate);
    const versions = await readVersions(layout);
    const current = versions.at(-1);
    if (current) datasets.push({ layout, versions, current });
  }
  if (datasets.length === 0) {
    throw new SnapkeepError('SNAPKEEP_DATASET_UNKNOWN', 'no dataset has a version yet', {
      hint: 'Make the first one: snapkeep export NAME',
    });
  }
  return Promise.all(
    datasets.map(async (dataset) => ({ dataset, lines: await selectVersions(runtime, dataset, selector, all) })),
  );
}

/** The snapshots of versions, each once, as the stores are told of them. */
export async function refsOf(
  runtime: Runtime,
  { layout }: VersionedDataset,
  lines: readonly VersionLine[],
): Promise<readonly SnapshotRef[]> {
  const manifests = await manifestsOf(runtime, layout, lines);
  return snapshotRefs(runtime, layout, [...manifests.values()]);
}
