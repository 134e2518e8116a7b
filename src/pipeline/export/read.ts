import type { Rejections } from '../invalid/rejections.ts';
import { type RowCounts, rowsInvalid, tooManyInvalid } from '../invalid/rows-invalid.ts';
import type { Runtime } from '../runtime.ts';
import { runFastLane } from './fast-lane.ts';
import { runRowLane } from './row-lane.ts';
import type { PlannedSession } from './session.ts';
import type { Staging } from './staging.ts';

const KEEP_OUT = 'Correct the rows at the source, or keep them out: export with --on-invalid quarantine, or drop.';

/**
 * Reads every row of the plan, through the validator, into the staging area, and ends the source's transaction.
 * @throws SNAPKEEP_ROWS_INVALID where the policy allows no rejected row, SNAPKEEP_TOO_MANY_INVALID where it allows fewer
 */
export async function readRows(
  runtime: Runtime,
  { session, validator, bytes }: PlannedSession,
  staging: Staging,
  rejections: Rejections,
): Promise<RowCounts> {
  const { plan } = staging;
  if (validator) await runtime.emit('validate:before', { dataset: plan.dataset });
  const total =
    plan.limit ?? (plan.filters.length === 0 && plan.window === null ? plan.relation.estimatedRows : undefined);
  const task = runtime.progress.start(plan.dataset, { unit: 'rows', ...(total === undefined ? {} : { total }) });
  let counts: RowCounts;
  try {
    counts = bytes
      ? await runFastLane(runtime, bytes, staging, validator, rejections, task)
      : await runRowLane(runtime, session, staging, validator, rejections, task);
    if (!counts.stopped) await session.finish(runtime.context(plan.capabilities.source));
    await rejections.close();
  } catch (error) {
    await rejections.discard();
    throw error;
  } finally {
    task.end();
  }
  if (validator) {
    await runtime.emit('validate:after', { dataset: plan.dataset, rows: counts.read, rejected: counts.rejected });
  }
  if (rejections.exceeded(counts.read)) throw tooManyInvalid(plan, counts, rejections);
  if (rejections.fatal) {
    const outcome = 'nothing was published';
    throw rowsInvalid({ what: plan.dataset, counts, rejections, outcome, hint: KEEP_OUT });
  }
  return counts;
}
