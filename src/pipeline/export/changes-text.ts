import { isDeepStrictEqual } from 'node:util';
import type { ExportPlan, Manifest } from '@snapkeep/sdk';
import { type SchemaChange, schemaChanges } from '../schema/changes.ts';

function windowText({ window }: ExportPlan): string {
  return window === null ? 'all rows' : `${window.column} from ${window.from ?? 'ever'} to ${window.to ?? 'now'}`;
}

function keyText({ key }: ExportPlan): string {
  return key.length === 0 ? 'none' : key.join(', ');
}

/** What readers of `latest` will see change beside the rows themselves. */
export function describeChanges(newest: Manifest, plan: ExportPlan): string[] {
  const narrower = plan.window !== null && newest.plan.window === null;
  const windows = narrower ? [`latest now holds ${windowText(plan)}; the last version held all rows`] : [];
  const keys = isDeepStrictEqual(newest.plan.key, plan.key)
    ? []
    : [`the key is ${keyText(plan)} now; in the last version it was ${keyText(newest.plan)}`];
  return [...windows, ...keys, ...schemaChanges(newest.plan.columns, plan.columns).map(describeChange)];
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
