import type { CompiledValidator, ExportPlan, SourceSession } from '@snapkeep/sdk';
import { escapeControls, SnapkeepError, shorten } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { releaseHeap } from './heap.ts';
import { type Cause, MAX_REPORT_LINES, type RejectedExample, type Rejections } from './rejections.ts';
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

function exampleText({ key, row, value }: RejectedExample): string {
  const parts = Object.entries(key).map(([column, text]) => `${column}=${text}`);
  return `${parts.length > 0 ? shorten(parts.join(' ')) : `row ${row}`}: ${value ?? 'NULL'}`;
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`;
}

const CAUSES_SHOWN = 10;
const EXAMPLES_SHOWN = 3;

/** One line per broken rule, most rows first. */
function describeCauses(causes: readonly Cause[]): string[] {
  const lines = causes.slice(0, CAUSES_SHOWN).map((cause) => {
    const examples = cause.examples.slice(0, EXAMPLES_SHOWN).map(exampleText).join('; ');
    return `${ruleText(cause)} – ${rowsText(cause.rows)}, e.g. ${examples}`;
  });
  return causes.length > CAUSES_SHOWN ? [...lines, `and ${causes.length - CAUSES_SHOWN} more rules`] : lines;
}

function ruleText({ column, message }: Cause): string {
  return column === '' ? `the row ${message}` : `${escapeControls(column)} ${message}`;
}

/** @param outcome - what that means for the command, where it would have written something */
export function rowsInvalid(
  plan: ExportPlan,
  counts: RowCounts,
  rejections: Rejections,
  outcome?: string,
): SnapkeepError {
  const causes = rejections.causes;
  const verb = counts.rejected === 1 ? 'breaks' : 'break';
  const more = causes.length - 1;
  const others = more > 0 ? ` (and ${more} other rule${more === 1 ? '' : 's'})` : '';
  const first = causes[0] ? `: ${ruleText(causes[0])}${others}` : '';
  return new SnapkeepError(
    'SNAPKEEP_ROWS_INVALID',
    `${rowsText(counts.rejected)} of ${counts.read.toLocaleString('en')} ${verb} the schema of ${plan.dataset}${first}${outcome === undefined ? '' : `; ${outcome}`}`,
    {
      notes: describeCauses(causes),
      hint: `Correct the rows at the source, or leave them out with export --non-strict. All of them: ${rejections.reportPath}`,
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
    releaseHeap();
    await session.finish(runtime.context(plan.capabilities.source));
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
  if (rejections.fatal) throw rowsInvalid(plan, counts, rejections, 'nothing was published');
  return counts;
}
