import type { ExportPlan, Manifest } from '@snapkeep/sdk';
import { type SchemaChange, schemaChanges } from '../schema/changes.ts';

function windowText({ window }: ExportPlan): string {
  return window === null ? 'all rows' : `${window.column} from ${window.from ?? 'ever'} to ${window.to ?? 'now'}`;
}

/** What readers of `latest` will see change beside the rows themselves. */
export function describeChanges(newest: Manifest, plan: ExportPlan): string[] {
  const narrower = plan.window !== null && newest.plan.window === null;
  const windows = narrower ? [`latest now holds ${windowText(plan)}; the last version held all rows`] : [];
  return [...windows, ...schemaChanges(newest.plan.columns, plan.columns).map(describeChange)];
}

function describeChange({ column, change, from, to }: SchemaChange): string {
  switch (change) {
    case 'type':
      return `column ${column} changes its type: ${from} → ${to}`;
    case 'nullable':
      return `column ${column} is ${to === 'NULL' ? 'allowed to be NULL' : 'never NULL any more'} since the last version`;
    default:
      return `column ${column} is ${change} since the last version`;
  }
}
