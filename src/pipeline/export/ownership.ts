import { type ExportPlan, SnapkeepError } from '@snapkeep/sdk';
import { readManifest } from '../../store/manifest-file.ts';
import { readVersions } from '../../store/versions-file.ts';
import type { Dataset } from '../dataset.ts';

/**
 * Two tables may come to the same dataset name (`Order` and `order`); the second must not grow the first one's
 * versions. A configured dataset may change its table: its name was chosen.
 * @throws SNAPKEEP_USAGE, which asks for `--as`
 */
export async function refuseForeignName(dataset: Dataset, plan: ExportPlan): Promise<void> {
  if (dataset.configured) return;
  const last = (await readVersions(dataset.layout)).at(-1);
  if (!last) return;
  const { relation } = (await readManifest(dataset.layout, last.snapshot)).plan;
  if (relation.name === plan.relation.name && relation.schema === plan.relation.schema) return;
  throw new SnapkeepError(
    'SNAPKEEP_USAGE',
    `the dataset ${dataset.name} holds ${relation.schema ?? ''}.${relation.name}, not ${plan.relation.schema ?? ''}.${plan.relation.name}`,
    { hint: 'Give this one a name of its own: --as NAME' },
  );
}
