import { join } from 'node:path';
import {
  type ExportPlan,
  type Manifest,
  type QualityRule,
  quoteIdentifier,
  quoteLiteral,
  type RuleResult,
  SnapkeepError,
  shorten,
} from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import { distribute } from '../export/metrics.ts';
import { MASKED } from '../invalid/shown.ts';
import type { Runtime } from '../runtime.ts';
import { type Comparison, compareDrift, compareRows } from './compare.ts';
import { type Measure, type MeasureFacts, measureOf, orphansOf } from './measure.ts';
import { linkFiles, type Reference } from './references.ts';

/** What rules hold the snapshot against. */
export interface ComparedWith {
  /** The newest version, where this is to be the next. */
  readonly newest: Manifest | undefined;
  /** By the place of the rule. */
  readonly references: ReadonlyMap<number, Reference>;
  /** Places of rules that are left out here, as what they refer to is not there yet. */
  readonly later?: ReadonlySet<number> | undefined;
}

/** Where rules are asked: the rows are `content`. */
export interface RuleBench {
  readonly engine: Engine;
  readonly plan: ExportPlan;
  /** Absolute; private to the transaction, and in the one folder that the engine may read. */
  readonly directory: string;
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
  { plan, directory }: RuleBench,
  index: number,
  { references }: QualityRule,
  other: Reference | undefined,
): Promise<MeasureFacts['reference'] | { readonly missing: string }> {
  if (other && 'missing' in other) return other;
  if (other) return { ...other, source: await linkFiles(other.files, join(directory, 'references', String(index))) };
  return references && { source: 'content', columns: references.to ?? plan.key, label: plan.dataset };
}

const EXAMPLES = 5;

/** The first rows that refer to nothing. */
async function examplesOf(
  { engine, plan }: RuleBench,
  columns: readonly string[],
  reference: NonNullable<MeasureFacts['reference']>,
): Promise<NonNullable<RuleResult['examples']>> {
  const shown = (name: string) =>
    plan.sensitive.includes(name) ? quoteLiteral(MASKED) : `c.${quoteIdentifier(name)}::VARCHAR`;
  const order =
    plan.key.length > 0 ? ` ORDER BY ${plan.key.map((name) => `c.${quoteIdentifier(name)}`).join(', ')}` : '';
  const rows = await engine.rows(
    `SELECT [${plan.key.map(shown).join(', ')}]::VARCHAR[] AS "key", [${columns.map(shown).join(', ')}] AS "values"
     ${orphansOf(columns, reference)}${order} LIMIT ${EXAMPLES}`,
  );
  const named = (names: readonly string[], texts: unknown) =>
    Object.fromEntries(names.map((name, index) => [name, shortText((texts as readonly (string | null)[])[index])]));
  return rows.map((row) => ({ key: named(plan.key, row.key), values: named(columns, row.values) }));
}

function shortText(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : shorten(text);
}

async function checkRule(
  staging: RuleBench,
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
  if (reference && 'missing' in reference) {
    return { name, severity, holds: false, sql, measured: reference.missing, limit: 'a version to compare with' };
  }
  const measure = measureOf(rule, { now: plan.instant.time, ...(reference ? { reference } : {}) });
  if (measure) {
    sql = measure.sql;
    found.push(await byMeasure(engine, measure));
  }
  const broken = found.filter(({ holds }) => !holds);
  const columns = rule.references?.columns ?? [];
  const examples = broken.length > 0 && reference ? await examplesOf(staging, columns, reference) : undefined;
  const told = broken.length > 0 ? broken : found;
  return {
    name,
    severity,
    holds: broken.length === 0,
    sql: sql.replaceAll(/\s+/g, ' ').replaceAll(`${directory}/`, ''),
    measured: told.map(({ measured }) => measured).join('; '),
    limit: told.map(({ limit }) => limit).join('; '),
    ...(examples ? { examples } : {}),
  };
}

const SHOWN_EXAMPLES = 3;

function sentence({ name, sql, measured, limit, examples = [] }: RuleResult): string {
  if (measured === null) return `${name} (${sql})`;
  const shown = examples.slice(0, SHOWN_EXAMPLES).map(({ key, values }) => {
    const about = Object.keys(key).length > 0 ? `${JSON.stringify(key)} ` : '';
    return `${about}with ${JSON.stringify(values)}`;
  });
  const first = shown.length === 0 ? '' : `; e.g. ${shown.join(', ')}`;
  return `${name}: ${measured}, allowed is ${limit}${first}`;
}

/** What the rules find, by their place: all but those of `later`, also after one that doesn't hold. NULL does not hold. */
export async function askRules(bench: RuleBench, compared: ComparedWith): Promise<Map<number, RuleResult>> {
  const results = new Map<number, RuleResult>();
  for (const [index, rule] of bench.plan.rules.entries()) {
    if (!compared.later?.has(index)) results.set(index, await checkRule(bench, index, rule, compared));
  }
  return results;
}

/**
 * A warning for each rule that only warns.
 * @throws SNAPKEEP_RULE_BROKEN where another doesn't hold
 */
export function judgeRules(runtime: Runtime, found: ReadonlyMap<number, RuleResult>): void {
  const results = [...found.values()];
  for (const result of results) {
    if (!result.holds && result.severity === 'warn') runtime.log.warn(`rule does not hold: ${sentence(result)}`);
  }
  const [first, ...others] = results.filter(({ holds, severity }) => !holds && severity === 'error');
  if (first) {
    throw new SnapkeepError('SNAPKEEP_RULE_BROKEN', `rule does not hold: ${sentence(first)}`, {
      notes: others.map(sentence),
      quotes: { rules: results },
    });
  }
}

/** @throws SNAPKEEP_RULE_BROKEN, SNAPKEEP_CONFIG_INVALID */
export async function checkRules(
  runtime: Runtime,
  bench: RuleBench,
  compared: ComparedWith,
): Promise<ReadonlyMap<number, RuleResult>> {
  const results = await askRules(bench, compared);
  judgeRules(runtime, results);
  return results;
}
