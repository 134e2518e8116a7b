import { type ExportPlan, SnapkeepError } from '@snapkeep/sdk';
import type { Dataset } from '../dataset.ts';
import type { ExportRequest } from '../export/request.ts';
import { requireBound } from './bound.ts';

export type InvalidRules = Pick<NonNullable<ExportPlan['validation']>, 'onInvalid' | 'maxInvalid' | 'failFast'>;

/**
 * What becomes of rows that break the schema: flags over the dataset's configuration over `fail`.
 * @throws SNAPKEEP_USAGE
 */
export function invalidRules({ name, config }: Dataset, request: ExportRequest): InvalidRules {
  const onInvalid = request.onInvalid ?? config.onInvalid ?? 'fail';
  const failFast = request.failFast ?? config.failFast ?? false;
  if (request.maxInvalid !== undefined) {
    const maxInvalid = requireBound(request.maxInvalid, '--max-invalid');
    if (onInvalid !== 'fail') return { onInvalid, maxInvalid, failFast };
    throw new SnapkeepError('SNAPKEEP_USAGE', '--max-invalid bounds how many rows are kept out, but none may be', {
      hint: 'Add --on-invalid quarantine, or --on-invalid drop.',
    });
  }
  if (config.maxInvalid === undefined || onInvalid === 'fail') return { onInvalid, maxInvalid: null, failFast };
  return { onInvalid, maxInvalid: requireBound(String(config.maxInvalid), `datasets.${name}.maxInvalid`), failFast };
}
