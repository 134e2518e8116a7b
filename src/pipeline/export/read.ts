import type { CompiledValidator, ExportPlan, SourceSession } from '@snapkeep/sdk';
import { SnapkeepError } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { type Cause, MAX_REPORT_LINES, type Rejections } from './rejections.ts';
import { type RowCounts, runRowLane } from './row-lane.ts';
import type { Staging } from './staging.ts';

export async function compileValidator(runtime: Runtime, plan: ExportPlan): Promise<CompiledValidator | null> {
  const name = plan.capabilities.validator;
  if (name === null || plan.validation === null) return null;
  const validator = await runtime.capability('validator', name);
  return validator.compile(
    { schema: plan.validation.schema, columns: plan.columns, instant: plan.instant },
    runtime.context(name),
  );
}

function exampleText({ examples }: Cause): string {
  return examples
    .slice(0, 3)
    .map(({ key, row, value }) => {
      const parts = Object.entries(key).map(([column, text]) => `${column}=${text}`);
      return `${parts.length > 0 ? parts.join(' ') : `row ${row}`}: ${value ?? 'NULL'}`;
    })
    .join('; ');
}

/** One line per cause, for people. */
export function describeCauses(causes: readonly Cause[]): string[] {
  return causes.slice(0, 5).map((cause) => {
    const rows = cause.rows === 1 ? '1 row' : `${cause.rows.toLocaleString('en')} rows`;
    return `${cause.column === '' ? 'row' : cause.column} ${cause.message} (${rows}, e.g. ${exampleText(cause)})`;
  });
}

export function rowsInvalid(plan: ExportPlan, counts: RowCounts, rejections: Rejections): SnapkeepError {
  const causes = rejections.causes;
  const rows = counts.rejected === 1 ? '1 row breaks' : `${counts.rejected.toLocaleString('en')} rows break`;
  return new SnapkeepError(
    'SNAPKEEP_ROWS_INVALID',
    `${rows} the schema of ${plan.dataset}: ${describeCauses(causes).join(' · ')}`,
    {
      hint: `Correct the rows at the source, or leave them out with --non-strict. All of them: ${rejections.reportPath}`,
      details: {
        dataset: plan.dataset,
        read: counts.read,
        rejected: counts.rejected,
        causes,
        report: rejections.reportPath,
        reportLinesAtMost: MAX_REPORT_LINES,
      },
    },
  );
}

/**
 * Reads every row of the plan, through the validator, into the staging area, and ends the source's transaction.
 * @throws SNAPKEEP_ROWS_INVALID where the policy allows no rejected row
 */
export async function readRows(
  runtime: Runtime,
  session: SourceSession,
  staging: Staging,
  rejections: Rejections,
): Promise<RowCounts> {
  const { plan } = staging;
  const validator = await compileValidator(runtime, plan);
  if (validator) await runtime.emit('validate:before', { dataset: plan.dataset });
  const total =
    plan.limit ?? (plan.filters.length === 0 && plan.window === null ? plan.relation.estimatedRows : undefined);
  const task = runtime.progress.start(plan.dataset, { unit: 'rows', ...(total === undefined ? {} : { total }) });
  let counts: RowCounts;
  try {
    counts = await runRowLane(runtime, session, staging, validator, rejections, task);
    await session.finish(runtime.context(plan.capabilities.source));
  } finally {
    task.end();
    await rejections.close();
  }
  if (validator) {
    await runtime.emit('validate:after', { dataset: plan.dataset, rows: counts.read, rejected: counts.rejected });
  }
  if (rejections.fatal) throw rowsInvalid(plan, counts, rejections);
  return counts;
}
