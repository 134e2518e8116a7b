import { nearest, SnapkeepError } from '@snapkeep/sdk';
import type { DatasetLayout } from '../../store/layout.ts';
import { DATASET_NAME } from '../../store/layout.ts';
import { readVersions, type VersionLine } from '../../store/versions-file.ts';
import { layoutOf, resolveDataset } from '../dataset.ts';
import type { Runtime } from '../runtime.ts';
import { datasetNames } from './names.ts';
import { type FoundVersion, type VersionsAt, versionsAt } from './revision.ts';
import { type Reading, readSelector } from './selector.ts';
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
 * `v12`, `12`, `latest`, `latest~1`; a snapshot's id or the unique beginning of one; a date or a time, `yesterday`,
 * `7d`: the newest version that was there then; a tag, a branch or a commit: the newest version there.
 * @throws SNAPKEEP_VERSION_UNKNOWN, SNAPKEEP_VERSION_AMBIGUOUS
 */
export async function selectVersion(
  runtime: Runtime,
  dataset: VersionedDataset,
  selector: string,
): Promise<VersionLine> {
  const { layout } = dataset;
  const found: FoundVersion[] = [];
  let there: VersionsAt | undefined;
  for (const reading of readSelector(selector, layout.dataset, Date.now())) {
    if (reading.kind === 'revision') {
      // A version's own number is never a commit's; a date may well be a tag's.
      if (found.some(({ by }) => by === 'number')) break;
      there = await versionsAt(runtime, dataset, reading.name);
      found.push(...there.versions);
    } else found.push(...findOwn(dataset, reading));
  }
  const versions = new Set(found.map(({ line }) => line.version));
  const [first] = found;
  if (first && versions.size === 1) {
    if (first.by === 'moment' || first.by === 'revision') {
      runtime.log.info(`${layout.dataset} at ${selector}: v${first.line.version}, made at ${first.line.created}`);
    }
    return first.line;
  }
  if (first) throw ambiguous(layout.dataset, selector, found);
  throw there?.problem ?? unknown(dataset, selector, there?.shallow ?? false);
}

function findOwn({ versions }: VersionedDataset, reading: Exclude<Reading, { kind: 'revision' }>): FoundVersion[] {
  const one = (line: VersionLine | undefined, called: string): FoundVersion[] =>
    line ? [{ line, by: reading.kind, called: `${called}: v${line.version}` }] : [];
  switch (reading.kind) {
    case 'number':
      return one(versions[reading.version - 1], 'the version');
    case 'latest':
      return one(versions.at(-1 - reading.back), 'the version');
    case 'moment': {
      const untilMs = reading.untilMs;
      const line = versions.findLast(({ created }) => Date.parse(created) <= untilMs);
      return one(line, `the newest version by ${new Date(untilMs).toISOString()}`);
    }
    case 'snapshot': {
      const begun = versions.filter(({ snapshot }) => snapshot.startsWith(reading.prefix));
      return [...new Set(begun.map(({ snapshot }) => snapshot))].flatMap((id) =>
        one(
          begun.findLast(({ snapshot }) => snapshot === id),
          id,
        ),
      );
    }
  }
}

function ambiguous(dataset: string, selector: string, found: readonly FoundVersion[]): SnapkeepError {
  const candidates = found.map(({ called }) => called);
  return new SnapkeepError(
    'SNAPKEEP_VERSION_AMBIGUOUS',
    `${JSON.stringify(selector)} can mean ${candidates.length} versions of ${dataset}: ${candidates.join('; ')}`,
    { details: { dataset, selector, candidates } },
  );
}

function unknown({ layout, versions }: VersionedDataset, selector: string, shallow: boolean): SnapkeepError {
  const { dataset } = layout;
  const last = versions.at(-1)?.version;
  const details = { dataset, selector, newest: last };
  const first = versions[0];
  if (first && readSelector(selector, dataset, Date.now()).some(({ kind }) => kind === 'moment')) {
    return new SnapkeepError('SNAPKEEP_VERSION_UNKNOWN', `${dataset} had no version yet at ${selector}`, {
      hint: `The first one, v1, was made at ${first.created}: snapkeep version list ${dataset}`,
      details,
    });
  }
  const hint = shallow
    ? 'This clone is shallow, so that older commits are missing: git fetch --unshallow'
    : `It has v1 to v${last}: snapkeep version list ${dataset}`;
  return new SnapkeepError('SNAPKEEP_VERSION_UNKNOWN', `${dataset} has no version ${JSON.stringify(selector)}`, {
    hint,
    details,
  });
}
