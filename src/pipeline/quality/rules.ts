import { type ColumnPlan, heldType, type QualityCheck, type QualityRule, SnapkeepError } from '@snapkeep/sdk';
import type { RuleConfig } from '../config.ts';
import type { Dataset } from '../dataset.ts';
import { requireColumn } from '../require-column.ts';

/** A rule that has no name says what it asks. */
function nameOf(rule: QualityCheck): string {
  if (rule.rows) return 'number of rows';
  if (rule.nulls) return `NULL in ${rule.nulls.column}`;
  if (rule.unique) return `unique ${rule.unique.join(', ')}`;
  if (rule.freshness) return `freshness of ${rule.freshness.column}`;
  if (rule.distinct) return `different values of ${rule.distinct.column}`;
  if (rule.drift) return `drift of ${rule.drift.column}`;
  if (rule.outliers) return `outliers of ${rule.outliers.column}`;
  if (rule.references) return `${rule.references.columns.join(', ')} in ${rule.references.dataset}`;
  return rule.sql ?? 'rule';
}

/** Columns that a rule names, beside those in SQL. */
function columnsOf(rule: QualityCheck): readonly string[] {
  const single = rule.nulls ?? rule.freshness ?? rule.distinct ?? rule.drift ?? rule.outliers;
  return single ? [single.column] : (rule.unique ?? rule.references?.columns ?? []);
}

/** Columns whose distribution the next version is compared with. */
export function driftColumns(rules: readonly QualityRule[]): string[] {
  return rules.flatMap(({ drift }) => (drift ? [drift.column] : []));
}

const NUMBERS = ['integer', 'float', 'decimal', 'numeric'];
const MOMENTS = ['timestamp', 'date'];

/** The dataset's rules as the plan has them. @throws SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_CONFIG_INVALID */
export function planRules(
  dataset: Dataset,
  columns: readonly ColumnPlan[],
  sensitive: readonly string[],
): QualityRule[] {
  return (dataset.config.rules ?? []).map((config: RuleConfig, index): QualityRule => {
    const rule = { ...config, name: config.name ?? nameOf(config), severity: config.severity ?? 'error' };
    const where = `datasets.${dataset.name}.rules[${index}]`;
    for (const name of columnsOf(rule)) requireColumn(columns, name, where);
    const kind = (name: string) => {
      const column = columns.find((candidate) => candidate.name === name);
      return column ? heldType(column).kind : 'opaque';
    };
    const { freshness, outliers, drift } = rule;
    if (freshness && !MOMENTS.includes(kind(freshness.column))) throw wrong(where, `${freshness.column} is no time`);
    if (outliers && !NUMBERS.includes(kind(outliers.column))) throw wrong(where, `${outliers.column} is no number`);
    if (drift && sensitive.includes(drift.column)) {
      throw wrong(where, `values of ${drift.column} are sensitive, so that no version keeps how often each came`);
    }
    return rule;
  });
}

function wrong(where: string, problem: string): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `${where}: ${problem}`);
}
