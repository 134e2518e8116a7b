import { type QualityRule, quoteIdentifier, quoteLiteral, SnapkeepError } from '@snapkeep/sdk';

/** One number of the snapshot and what it may be. */
export interface Measure {
  /** A SQL expression, one number about `content`; NULL where there is nothing to measure. */
  readonly sql: string;
  readonly min?: number;
  readonly max?: number;
  /** The number in words. */
  readonly say: (value: number) => string;
  readonly limit: string;
  /** What is said where there is nothing to measure; then the rule doesn't hold. Absent: it does. */
  readonly nothing?: string;
}

/** Facts that a measure needs beside the rows. */
export interface MeasureFacts {
  /** The source's clock, UTC. */
  readonly now: string;
  /** Of `references`: what stands behind FROM, and the columns there. */
  readonly reference?: { readonly source: string; readonly columns: readonly string[]; readonly label: string };
}

const count = (value: number) => value.toLocaleString('en');
const percent = (value: number) => `${Number(value.toPrecision(3))} %`;
const share = (condition: string) => `100.0 * count(*) FILTER (${condition}) / nullif(count(*), 0)`;
const overAll = (aggregate: string) => `(SELECT ${aggregate} FROM content)`;

function range(min: number | undefined, max: number | undefined): string {
  const parts = [
    ...(min === undefined ? [] : [`at least ${count(min)}`]),
    ...(max === undefined ? [] : [`at most ${count(max)}`]),
  ];
  return parts.join(', ');
}

function bounds(min: number | undefined, max: number | undefined): Pick<Measure, 'min' | 'max' | 'limit'> {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }), limit: range(min, max) };
}

/** What a rule measures over the rows; none for SQL of the configuration and for what compares with the last version. */
export function measureOf(rule: QualityRule, facts: MeasureFacts): Measure | undefined {
  const { rows, nulls, unique, freshness, distinct, outliers, references } = rule;
  if (rows && (rows.min !== undefined || rows.max !== undefined)) {
    return { sql: overAll('count(*)'), ...bounds(rows.min, rows.max), say: (value) => `${count(value)} rows` };
  }
  if (nulls) {
    const column = quoteIdentifier(nulls.column);
    return {
      sql: overAll(share(`${column} IS NULL`)),
      max: nulls.max,
      limit: `at most ${percent(nulls.max)}`,
      say: (value) => `${percent(value)} of ${nulls.column} are NULL`,
    };
  }
  if (unique) return uniqueMeasure(unique);
  if (freshness) return freshnessMeasure(freshness, facts.now);
  if (distinct) {
    return {
      sql: overAll(`count(DISTINCT ${quoteIdentifier(distinct.column)})`),
      ...bounds(distinct.min, distinct.max),
      say: (value) => `${count(value)} different values of ${distinct.column}`,
    };
  }
  if (outliers) return outlierMeasure(outliers);
  if (references) return referenceMeasure(references.columns, facts);
  return undefined;
}

function uniqueMeasure(columns: readonly string[]): Measure {
  const names = columns.map(quoteIdentifier);
  return {
    sql: `(SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM content
      WHERE ${names.map((name) => `${name} IS NOT NULL`).join(' AND ')} GROUP BY ${names.join(', ')} HAVING count(*) > 1))`,
    max: 0,
    limit: 'none',
    say: (value) => `${count(value)} rows repeat another’s ${columns.join(', ')}`,
  };
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

function secondsOf(duration: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(duration) ?? [];
  if (amount !== undefined) return Number(amount) * (UNIT_SECONDS[unit] ?? 0);
  throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `${duration} is no age; write 90m, 36h or 7d`);
}

function ageText(seconds: number): string {
  if (seconds < 0) return `${ageText(-seconds)} in the future`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} minutes old`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} hours old` : `${Math.floor(seconds / 86_400)} days old`;
}

function freshnessMeasure({ column, maxAge }: NonNullable<QualityRule['freshness']>, now: string): Measure {
  const name = quoteIdentifier(column);
  return {
    sql: overAll(
      `epoch(${quoteLiteral(now)}::TIMESTAMPTZ) - epoch((max(${name}) FILTER (isfinite(${name})))::TIMESTAMPTZ)`,
    ),
    max: secondsOf(maxAge),
    limit: `at most ${maxAge}`,
    say: (value) => `the latest ${column} is ${ageText(value)}`,
    nothing: `${column} has no value`,
  };
}

function outlierMeasure({ column, factor = 1.5, max = 0 }: NonNullable<QualityRule['outliers']>): Measure {
  const value = `${quoteIdentifier(column)}::DOUBLE`;
  const finite = `(SELECT ${value} AS v FROM content WHERE isfinite(${value}))`;
  return {
    sql: `(SELECT ${share(`v < q[1] - ${factor} * (q[2] - q[1]) OR v > q[2] + ${factor} * (q[2] - q[1])`)}
      FROM ${finite}, (SELECT approx_quantile(v, [0.25, 0.75]) AS q FROM ${finite}))`,
    max,
    limit: `at most ${percent(max)} beyond ${factor} interquartile ranges`,
    say: (found) => `${percent(found)} of ${column} are outliers`,
  };
}

function referenceMeasure(columns: readonly string[], { reference }: MeasureFacts): Measure | undefined {
  if (!reference) return undefined;
  return {
    sql: `(SELECT count(*) ${orphansOf(columns, reference)})`,
    max: 0,
    limit: 'none',
    say: (value) => `${count(value)} rows name no row of ${reference.label}`,
  };
}

/** SQL behind SELECT: rows `c` of `content` whose columns hold values, but none that stand in a row there. */
export function orphansOf(columns: readonly string[], reference: NonNullable<MeasureFacts['reference']>): string {
  const pairs = columns.map((name, index) => [
    quoteIdentifier(name),
    quoteIdentifier(reference.columns[index] ?? name),
  ]);
  const present = pairs.map(([name]) => `c.${name} IS NOT NULL`).join(' AND ');
  const equal = pairs.map(([name, to]) => `r.${to} = c.${name}`).join(' AND ');
  return `FROM content c WHERE ${present} AND NOT EXISTS (SELECT 1 FROM ${reference.source} r WHERE ${equal})`;
}
