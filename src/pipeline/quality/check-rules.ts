import { type Manifest, type QualityRule, type RuleResult, SnapkeepError } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import { distribute } from '../export/metrics.ts';
import type { Staging } from '../export/staging.ts';
import type { Runtime } from '../runtime.ts';
import { type Comparison, compareDrift, compareRows } from './compare.ts';
import { type Measure, type MeasureFacts, measureOf } from './measure.ts';
import { linkReference, type Reference } from './references.ts';

/** What rules hold the snapshot against. */
export interface ComparedWith {
  /** The newest version, where this is to be the next. */
  readonly newest: Manifest | undefined;
  /** By the place of the rule. */
  readonly references: ReadonlyMap<number, Reference>;
}

/** A rule's SQL is an expression: what closes our parentheses and goes on behind a semicolon is none. */
async function expressionHolds(engine: Engine, rule: string): Promise<boolean> {
  // The line break ends a comment that the rule may end with.
  const sql = `SELECT coalesce((${rule}\n), false) AS holds FROM content`;
  const { count } = await engine.connection.extractStatements(sql);
  if (count !== 1) throw new Error(`it holds ${count} statements`);
  return (await engine.row(sql)).holds === true;
}

async function bySql(engine: Engine, rule: QualityRule, sql: string): Promise<RuleResult> {
  const { name, severity } = rule;
  try {
    return { name, severity, holds: await expressionHolds(engine, sql), sql, measured: null, limit: null };
  } catch (cause) {
    throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `the rule "${name}" is not valid SQL: ${sql}`, {
      hint: 'A rule is one boolean expression over the columns of the snapshot; it reaches no file and no network.',
      cause,
    });
  }
}

async function byMeasure(engine: Engine, measure: Measure): Promise<Comparison> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, limit } = measure;
  const { value } = await engine.row(`SELECT ${measure.sql}::DOUBLE AS value`);
  if (value === null || value === undefined) {
    return { holds: measure.nothing === undefined, measured: measure.nothing ?? 'there are no values', limit };
  }
  const number = Number(value);
  return { holds: number >= min && number <= max, measured: measure.say(number), limit };
}

/** Rows of the dataset itself are those that are about to be published. */
async function referenceOf(
  { plan, directory }: Staging,
  index: number,
  { references }: QualityRule,
  other: Reference | undefined,
): Promise<MeasureFacts['reference']> {
  if (other) return { ...other, source: await linkReference(other, directory, index) };
  return references && { source: 'content', columns: references.to ?? plan.key, label: plan.dataset };
}

async function checkRule(
  staging: Staging,
  index: number,
  rule: QualityRule,
  { newest, references }: ComparedWith,
): Promise<RuleResult> {
  const { engine, plan, directory } = staging;
  const { name, severity } = rule;
  if (rule.sql !== undefined) return bySql(engine, rule, rule.sql);
  const found: Comparison[] = [];
  let sql = 'count(*)';
  if (rule.drift) {
    const { column } = rule.drift;
    const before = newest?.quality.distributions.find((distribution) => distribution.column === column);
    found.push(compareDrift(rule.drift, await distribute(engine, column, false), before));
    sql = `count(*) GROUP BY ${column}`;
  }
  if (rule.rows) {
    const { rows } = await engine.row('SELECT count(*) AS "rows" FROM content');
    const change = compareRows(rule.rows, Number(rows), newest?.rows);
    if (change) found.push(change);
  }
  const reference = await referenceOf(staging, index, rule, references.get(index));
  const measure = measureOf(rule, { now: plan.instant.time, ...(reference ? { reference } : {}) });
  if (measure) {
    sql = measure.sql;
    found.push(await byMeasure(engine, measure));
  }
  const broken = found.filter(({ holds }) => !holds);
  const told = broken.length > 0 ? broken : found;
  return {
    name,
    severity,
    holds: broken.length === 0,
    sql: sql.replaceAll(/\s+/g, ' ').replaceAll(`${directory}/`, ''),
    measured: told.map(({ measured }) => measured).join('; '),
    limit: told.map(({ limit }) => limit).join('; '),
  };
}

function sentence({ name, sql, measured, limit }: RuleResult): string {
  return measured === null ? `${name} (${sql})` : `${name}: ${measured}, allowed is ${limit}`;
}

/**
 * Every quality rule, also after one that doesn't hold. NULL does not hold.
 * @throws SNAPKEEP_RULE_BROKEN, SNAPKEEP_CONFIG_INVALID
 */
export async function checkRules(runtime: Runtime, staging: Staging, compared: ComparedWith): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  for (const [index, rule] of staging.plan.rules.entries()) {
    const result = await checkRule(staging, index, rule, compared);
    results.push(result);
    if (!result.holds && rule.severity === 'warn') runtime.log.warn(`rule does not hold: ${sentence(result)}`);
  }
  const [first, ...others] = results.filter(({ holds, severity }) => !holds && severity === 'error');
  if (first) {
    throw new SnapkeepError('SNAPKEEP_RULE_BROKEN', `rule does not hold: ${sentence(first)}`, {
      notes: others.map(sentence),
      details: { rules: results },
    });
  }
  return results;
}
