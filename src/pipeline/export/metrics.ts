import { type ColumnMetrics, type ColumnPlan, heldType, type Manifest, quoteIdentifier } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import { MASKED } from '../invalid/shown.ts';
import type { Staging } from './staging.ts';

const LONGEST_BOUND = 128;
const VALUES_PER_DISTRIBUTION = 50;
/** Columns measured in one statement; a table may have 1,600. */
const COLUMNS_PER_PASS = 64;

/** Up to so many different values are counted one by one: above it, memory would grow with the table. */
const COUNTED_DISTINCT = 100_000;
/** Different values, of all columns, that are held at once while they are counted: some 30 MB. */
const DISTINCT_PER_PASS = 400_000;

const ORDERED_KINDS = new Set([
  'integer',
  'float',
  'decimal',
  'date',
  'time',
  'timestamp',
  'string',
  'enum',
  'uuid',
  'boolean',
]);
const MEASURED_KINDS = new Set(['integer', 'float', 'decimal']);

/** @param counted - whether it has so few different values that they are counted at once */
function selectOf(column: ColumnPlan, index: number, counted: boolean): string {
  const name = quoteIdentifier(column.name);
  const { kind } = heldType(column);
  const bound = (which: 'min' | 'max') =>
    ORDERED_KINDS.has(kind) ? `left(${which}(${name})::VARCHAR, ${LONGEST_BOUND})` : 'NULL';
  const quartiles = MEASURED_KINDS.has(kind) ? `approx_quantile(${name}, [0.25, 0.75])::DOUBLE[]` : 'NULL';
  const distinct = counted ? `count(DISTINCT ${name})` : `approx_count_distinct(${name})`;
  return `count(*) - count(${name}) AS nulls${index}, ${distinct} AS distinct${index},
    ${bound('min')} AS min${index}, ${bound('max')} AS max${index}, ${quartiles} AS quartiles${index}`;
}

/** Digits of precision up to which a DECIMAL becomes a double in some nanoseconds; of more it takes half a microsecond. */
const QUICK_PRECISION = 18;

/** SQL: true where the value lies outside of the fences. One beyond what a double holds fences nothing off. */
function beyondFences(column: ColumnPlan, low: number, high: number): string {
  const value = quoteIdentifier(column.name);
  const held = heldType(column);
  const beyond = (operator: '<' | '>', limit: number) => {
    if (!Number.isFinite(limit)) return 'false';
    const asDouble = `${value}::DOUBLE ${operator} ${limit}`;
    if (held.kind !== 'decimal' || held.precision <= QUICK_PRECISION) return asDouble;
    const fence = `TRY_CAST(${limit}::DOUBLE AS DECIMAL(${held.precision},${held.scale}))`;
    return `CASE WHEN ${value} ${operator} ${fence} THEN true WHEN ${value} = ${fence} THEN ${asDouble} ELSE false END`;
  };
  return `${beyond('<', low)} OR ${beyond('>', high)}`;
}

/** Values beyond 1.5 interquartile ranges (Tukey, Exploratory Data Analysis, 1977). */
function outliersOf(column: ColumnPlan, index: number, quartiles: unknown): string[] {
  const [low, high] = Array.isArray(quartiles) ? quartiles.map(Number) : [];
  if (low === undefined || high === undefined || !Number.isFinite(low) || !Number.isFinite(high)) {
    return [];
  }
  const fence = 1.5 * (high - low);
  return [`count(*) FILTER (${beyondFences(column, low - fence, high + fence)}) AS outliers${index}`];
}

/** The columns, some at a time. */
function passesOf(estimates: readonly number[]): number[][] {
  const passes: number[][] = [[]];
  let held = 0;
  for (const [index, estimate] of estimates.entries()) {
    const more = estimate <= COUNTED_DISTINCT ? estimate : 0;
    if (held + more > DISTINCT_PER_PASS) {
      passes.push([]);
      held = 0;
    }
    held += more;
    passes.at(-1)?.push(index);
  }
  return passes;
}

/**
 * Longer values are told apart by DuckDB's hash of 64 bits: all that are different stay in memory while they are counted. That two of
 * 100,000 have the same is as likely as 3 in ten thousand millions.
 */
const LONGEST_COUNTED = 128;
const LONG_TYPES: ReadonlySet<string> = new Set(['VARCHAR', 'JSON', 'BLOB']);

function distinctOf({ name, fileType }: ColumnPlan, index: number, estimate: number): string[] {
  if (estimate > COUNTED_DISTINCT) return [];
  const value = quoteIdentifier(name);
  if (!LONG_TYPES.has(fileType)) return [`count(DISTINCT ${value}) AS exact${index}`];
  const [length, text] = fileType === 'BLOB' ? ['octet_length', `hex(${value})`] : ['strlen', `${value}::VARCHAR`];
  // Not the other way round: of NULL there is a hash.
  const told = `CASE WHEN ${length}(${value}) > ${LONGEST_COUNTED} THEN 'hash ' || hash(${value}) ELSE ${text} END`;
  return [`count(DISTINCT ${told}) AS exact${index}`];
}

async function measure(
  engine: Engine,
  columns: readonly ColumnPlan[],
  sensitive: ReadonlySet<string>,
  few: ReadonlySet<string>,
): Promise<ColumnMetrics[]> {
  const asked = columns.map((column, index) => selectOf(column, index, few.has(column.name)));
  const facts = await engine.row(`SELECT ${asked.join(', ')}, count(*) AS total FROM content`);
  const estimates = columns.map((_, index) => Number(facts[`distinct${index}`]));
  const exactOf = (column: ColumnPlan, index: number) =>
    few.has(column.name) ? [] : distinctOf(column, index, estimates[index] ?? 0);
  const counted: Record<string, unknown> = {};
  for (const pass of passesOf(columns.map(({ name }, index) => (few.has(name) ? 0 : (estimates[index] ?? 0))))) {
    const of = columns.flatMap((column, index) =>
      pass.includes(index) ? [...outliersOf(column, index, facts[`quartiles${index}`]), ...exactOf(column, index)] : [],
    );
    // Without any there would be a row for each.
    if (of.length > 0) Object.assign(counted, await engine.row(`SELECT ${of.join(', ')} FROM content`));
  }
  const textOr = (value: unknown) => (value === null || value === undefined ? null : String(value));
  return columns.map((column, index) => {
    const nulls = Number(facts[`nulls${index}`]);
    const exact = few.has(column.name) ? estimates[index] : counted[`exact${index}`];
    const outliers = counted[`outliers${index}`];
    // An estimate may exceed the number of values.
    const estimate = Math.min(estimates[index] ?? 0, Number(facts.total) - nulls);
    return {
      name: column.name,
      nulls,
      distinct: exact === undefined ? estimate : Number(exact),
      distinctExact: exact !== undefined,
      min: sensitive.has(column.name) ? null : textOr(facts[`min${index}`]),
      max: sensitive.has(column.name) ? null : textOr(facts[`max${index}`]),
      outliers: outliers === undefined ? null : Number(outliers),
    };
  });
}

/** How often each value of a column comes, the most frequent apart. */
export async function distribute(
  engine: Engine,
  column: string,
  isSensitive: boolean,
): Promise<Manifest['quality']['distributions'][number]> {
  const name = quoteIdentifier(column);
  const rows = await engine.rows(
    `SELECT ${name}::VARCHAR AS "value", count(*) AS "rows" FROM content GROUP BY ALL ORDER BY "rows" DESC, "value"`,
  );
  const counted = rows.map((row) => ({
    value: row.value === null ? null : isSensitive ? MASKED : String(row.value).slice(0, LONGEST_BOUND),
    rows: Number(row.rows),
  }));
  return {
    column,
    values: counted.slice(0, VALUES_PER_DISTRIBUTION),
    others: counted.slice(VALUES_PER_DISTRIBUTION).reduce((sum, { rows: more }) => sum + more, 0),
  };
}

/**
 * Quality metrics over the rows that will be published; of a sensitive column nothing that is a value.
 * @param few - columns with so few different values that they are counted without an estimate first (labels.ts)
 */
export async function measureQuality(
  staging: Staging,
  few: ReadonlySet<string> = new Set(),
): Promise<Omit<Manifest['quality'], 'rules'>> {
  const { engine, plan } = staging;
  const sensitive = new Set(plan.sensitive);
  const columns: ColumnMetrics[] = [];
  for (let from = 0; from < plan.columns.length; from += COLUMNS_PER_PASS) {
    columns.push(...(await measure(engine, plan.columns.slice(from, from + COLUMNS_PER_PASS), sensitive, few)));
  }
  const distributions = [];
  for (const column of plan.distributions) {
    distributions.push(await distribute(engine, column, sensitive.has(column)));
  }
  return { columns, distributions };
}
