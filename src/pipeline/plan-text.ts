import { type ColumnPlan, type ExportPlan, escapeControls, heldType } from '@snapkeep/sdk';
import { listsOf } from '../engine/type-paths.ts';
import { policyMeaning } from './policy-text.ts';

const LISTS = 'a LIST nests as deep as the arrays in the rows have dimensions, found while staging';
const ANNOTATED = '(annotated): all information is there, in another form, e.g. as text or with more decimals';

/** Every column with its type in the file, and what its policy will do. */
export function describeColumns(planned: readonly ColumnPlan[]): string[] {
  // Escaped before they are measured, or the table would be shifted by what becomes longer.
  const columns = planned.map((column) => ({
    ...column,
    name: escapeControls(column.name),
    sourceType: escapeControls(column.sourceType),
  }));
  const width = Math.max(...columns.map(({ name }) => name.length));
  const typeWidth = Math.max(...columns.map(({ sourceType }) => sourceType.length));
  const policies = columns.flatMap((column) => {
    const meaning = policyMeaning(column);
    return meaning === undefined ? [] : [`  ${column.name}: ${meaning} (${column.onInexact})`];
  });
  return [
    ...columns.map(
      ({ name, sourceName, sourceType, parquetType, fidelity }) =>
        `  ${name.padEnd(width)}  ${sourceType.padEnd(typeWidth)}  → ${parquetType}${fidelity === 'exact' ? '' : `  (${fidelity})`}${sourceName === undefined ? '' : `  (called ${JSON.stringify(sourceName)} in the source)`}`,
    ),
    ...(columns.some(({ fidelity }) => fidelity === 'annotated') ? ['', ANNOTATED] : []),
    ...(columns.some((column) => listsOf(heldType(column)).size > 0) ? ['', LISTS] : []),
    '',
    policies.length > 0
      ? 'a value that its column can’t hold exactly is refused, except in'
      : 'a value that its column can’t hold exactly is refused',
    ...policies,
  ];
}

/** A plan for people: where from, which rows, every column's type, where to. */
export function describePlan(plan: ExportPlan): string[] {
  const { relation, window, output } = plan;
  const source = relation.kind === 'query' ? 'a query' : `${relation.schema}.${relation.name} (${relation.kind})`;
  const rows = [
    ...(window === null ? [] : [`${window.from ?? '…'} <= ${window.column} < ${window.to ?? '…'}`]),
    ...plan.filters.map(({ column, op, value }) => `${column} ${op} ${value}`),
    ...(plan.limit === null ? [] : [`at most ${plan.limit}`]),
  ];
  return [
    `dataset   ${plan.dataset}`,
    `source    ${source} on ${plan.instant.server} at ${plan.instant.time}`,
    `rows      ${rows.length > 0 ? rows.join(', ') : 'all'}${relation.estimatedRows === undefined ? '' : ` (the table has about ${relation.estimatedRows.toLocaleString('en')})`}`,
    `key       ${plan.key.length > 0 ? plan.key.join(', ') : 'none: rows keep the order in which they come'}`,
    `schema    ${plan.validation === null ? 'not validated' : `${plan.validation.origin}, a bad row: ${plan.validation.onInvalid}${plan.validation.maxInvalid === null ? '' : `, at most ${plan.validation.maxInvalid}`}`}`,
    `lane      ${plan.lane}${plan.laneReason === undefined ? '' : `: ${plan.laneReason}`}`,
    `output    ${output.directory}/, ${output.compression}${output.parts === undefined ? '' : `, parts of about ${output.parts.targetMB} MB by key`}, ${plan.versioned ? 'a new version' : 'no version'}`,
    '',
    ...describeColumns(plan.columns),
  ];
}
