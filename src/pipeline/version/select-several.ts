import { SnapkeepError } from '@snapkeep/sdk';
import type { VersionLine } from '../../store/versions-file.ts';
import type { Runtime } from '../runtime.ts';
import { selectVersion, type VersionedDataset } from './select.ts';

/**
 * `v3`, or a range `v1..v5` with both ends; whatever names one version may stand at an end, nothing means the first
 * or the newest. Absent: the current version.
 * @throws SNAPKEEP_VERSION_UNKNOWN, SNAPKEEP_VERSION_AMBIGUOUS, SNAPKEEP_USAGE
 */
export async function selectVersions(
  runtime: Runtime,
  dataset: VersionedDataset,
  selector: string | undefined,
  all: boolean,
): Promise<readonly VersionLine[]> {
  if (all && selector !== undefined) throw new SnapkeepError('SNAPKEEP_USAGE', `--all and ${selector} contradict`);
  if (all) return dataset.versions;
  if (selector === undefined) return [dataset.current];
  const dots = selector.indexOf('..');
  if (dots < 0) return [await selectVersion(runtime, dataset, selector)];
  const from = (await selectVersion(runtime, dataset, selector.slice(0, dots) || 'v1')).version;
  const to = (await selectVersion(runtime, dataset, selector.slice(dots + 2) || 'latest')).version;
  if (from > to) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `the range ${selector} runs backwards`, {
      hint: `Write v${to}..v${from}.`,
    });
  }
  return dataset.versions.slice(from - 1, to);
}
