import { nearest, SnapkeepError } from '@snapkeep/sdk';
import type { DatasetLayout } from '../../store/layout.ts';
import { DATASET_NAME, SNAPSHOT_ID } from '../../store/layout.ts';
import { readVersions, type VersionLine } from '../../store/versions-file.ts';
import { layoutOf, resolveDataset } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { datasetNames } from './names.ts';
import { unversionedSnapshots } from './snapshots.ts';

/** A dataset that has versions, as a version command names it. */
export interface VersionedDataset {
  readonly layout: DatasetLayout;
  /** Oldest first; at least one. */
  readonly versions: readonly VersionLine[];
  readonly current: VersionLine;
}

/** @throws SNAPKEEP_DATASET_UNKNOWN where it has no version */
export async function openVersions(runtime: Runtime, name: string): Promise<VersionedDataset> {
  // By its own name, else as the table that was exported under a name made of it.
  const candidates = new Set([name, resolveDataset(runtime, name).name]);
  for (const candidate of candidates) {
    if (!DATASET_NAME.test(candidate)) continue;
    const layout = layoutOf(runtime, candidate);
    const versions = await readVersions(layout);
    const current = versions.at(-1);
    if (current) return { layout, versions, current };
    const [newest] = await unversionedSnapshots(layout, versions);
    if (newest !== undefined) throw onlySnapshots(candidate, newest);
  }
  const names = await datasetNames(runtime);
  const near = nearest(
    name,
    names.filter((other) => !candidates.has(other)),
  );
  const known = Object.hasOwn(runtime.config.datasets, name);
  throw new SnapkeepError(
    'SNAPKEEP_DATASET_UNKNOWN',
    known ? `${name} has no version yet` : `no dataset ${JSON.stringify(name)} has versions here`,
    {
      hint: known
        ? `Make the first one: snapkeep export ${name}`
        : near === undefined
          ? 'snapkeep version list shows the datasets that have versions.'
          : `Did you mean ${near}?`,
      details: { dataset: name, datasets: names },
    },
  );
}

function onlySnapshots(dataset: string, newest: string): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_DATASET_UNKNOWN', `${dataset} has snapshots, but no version yet`, {
    hint: `Make the newest one a version: snapkeep version create ${dataset} ${newest}`,
    details: { dataset, snapshot: newest },
  });
}

/**
 * `v12`, `12`, `latest`, `latest~1`, a snapshot's id or the unique beginning of one.
 * @throws SNAPKEEP_VERSION_UNKNOWN
 */
export function selectVersion({ layout, versions }: VersionedDataset, selector: string): VersionLine {
  const found = find(versions, selector);
  if (found) return found;
  const last = versions.at(-1)?.version;
  throw new SnapkeepError('SNAPKEEP_VERSION_UNKNOWN', `${layout.dataset} has no version ${JSON.stringify(selector)}`, {
    hint: `It has v1 to v${last}: snapkeep version list ${layout.dataset}`,
    details: { dataset: layout.dataset, selector, newest: last },
  });
}

function find(versions: readonly VersionLine[], selector: string): VersionLine | undefined {
  const number = /^v?(\d+)$/.exec(selector)?.[1];
  if (number !== undefined && number.length < 8) return versions[Number(number) - 1];
  const back = /^latest(?:~(\d+))?$/.exec(selector);
  if (back) return versions.at(-1 - Number(back[1] ?? 0));
  if (SNAPSHOT_ID.test(selector)) return versions.findLast(({ snapshot }) => snapshot === selector);
  if (!/^\d{8}T/.test(selector)) return undefined;
  const begun = versions.filter(({ snapshot }) => snapshot.startsWith(selector));
  return new Set(begun.map(({ snapshot }) => snapshot)).size === 1 ? begun.at(-1) : undefined;
}
