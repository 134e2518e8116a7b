import { type ExportPlan, type Manifest, SnapkeepError } from '@snapkeep/sdk';
import { type Contract, compareContracts, satisfies } from '../schema/diff/compatibility.ts';
import type { Compatibility } from '../schema/diff/levels.ts';

function contractOf({ columns, validation }: ExportPlan, types: boolean): Contract {
  // Some types follow from the rows: before those are read, none is compared.
  const known = types ? columns : columns.map((column) => ({ ...column, fileType: '' }));
  return { columns: known, schema: validation?.schema ?? null };
}

/**
 * Holds the plan against the newest version, where the dataset demands a compatibility.
 * @param types - whether the plan's types are final
 * @throws SNAPKEEP_SCHEMA_INCOMPATIBLE
 */
export function demandCompatibility(
  newest: Manifest | undefined,
  plan: ExportPlan,
  demanded: Compatibility | undefined,
  types: boolean,
): void {
  if (!newest || demanded === undefined || demanded === 'none' || !plan.versioned) return;
  const before = contractOf(newest.plan, types);
  const after = contractOf(plan, types);
  // An export without validation says nothing of its rows: only columns can be compared then.
  const { compatibility, changes } = compareContracts(
    after.schema === null ? { ...before, schema: null } : before,
    before.schema === null ? { ...after, schema: null } : after,
  );
  if (satisfies(compatibility, demanded)) return;
  const breaking = changes.filter(
    ({ forward, backward }) => (!forward && demanded !== 'backward') || (!backward && demanded !== 'forward'),
  );
  const say = ({ column, change, breaks }: (typeof changes)[number]) =>
    `${column === '' ? 'the row' : column}: ${change} – ${breaks.join('; ')}`;
  const [first, ...others] = breaking;
  throw new SnapkeepError(
    'SNAPKEEP_SCHEMA_INCOMPATIBLE',
    `${plan.dataset} must stay ${demanded === 'full' ? 'fully' : demanded} compatible with its last version: ${first ? say(first) : compatibility}`,
    { notes: others.map(say), details: { dataset: plan.dataset, required: demanded, compatibility, changes } },
  );
}
