import { type ColumnMetrics, type ColumnPlan, heldType, type Manifest, quoteIdentifier } from '@snapkeep/sdk';
import type { Engine } from '../../engine/engine.ts';
import { MASKED } from '../invalid/shown.ts';
import { namedValues, type Staging } from './staging.ts';

const MB = 1_000_000;
const LONGEST_BOUND = 128;
const VALUES_PER_DISTRIBUTION = 50;
/** Columns measured in one statement, for one thread; a table may have 1,600. */
const COLUMNS_PER_PASS = 128;

/** Up to so many different values are counted one by one: above it, memory would grow with the table. */
const COUNTED_DISTINCT = 100_000;
/** What counting a column's different values takes for each thread before there is one, and for each of them: found with 60 columns, of up to 100,000. */
const COUNTING_MB = 2.7;
const VALUE_BYTES = 75;
/** Of the memory limit: what counting takes in one statement, beside a writer. */
const SHARE_OF_COUNTING = 0.3;

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

/** How a column's different values come to be known: it is the key, they are counted with all else, or estimated first, or counted by a statement that follows. */
type Counting = 'key' | 'at once' | 'estimated' | 'later';

/**
 * Longer values are told apart by DuckDB's hash of 64 bits: all that are different stay in memory while they are counted. That two of
 * 100,000 have the same is as likely as 3 in ten thousand millions.
 */
const LONGEST_COUNTED = 128;
const LONG_TYPES: ReadonlySet<string> = new Set(['VARCHAR', 'JSON', 'BLOB']);

/** SQL: the number of different values. */
function distinctOf({ name, fileType }: ColumnPlan): string {
  const value = quoteIdentifier(name);
  if (!LONG_TYPES.has(fileType)) return `count(DISTINCT ${value})`;
  const [length, text] = fileType === 'BLOB' ? ['octet_length', `hex(${value})`] : ['strlen', `${value}::VARCHAR`];
  // Not the other way round: of NULL there is a hash.
  return `count(DISTINCT CASE WHEN ${length}(${value}) > ${LONGEST_COUNTED} THEN 'hash ' || hash(${value}) ELSE ${text} END)`;
}

function selectOf(column: ColumnPlan, index: number, counting: Counting): string {
  const name = quoteIdentifier(column.name);
  const { kind } = heldType(column);
  const bound = (which: 'min' | 'max') =>
    ORDERED_KINDS.has(kind) ? `left(${which}(${name})::VARCHAR, ${LONGEST_BOUND})` : 'NULL';
  const distinct = {
    key: 'count(*)',
    'at once': distinctOf(column),
    estimated: `approx_count_distinct(${name})`,
    // As many as there are values, at most.
    later: `count(${name})`,
  };
  return `count(*) - count(${name}) AS nulls${index}, ${distinct[counting]} AS distinct${index},
    ${bound('min')} AS min${index}, ${bound('max')} AS max${index}`;
}

/** Of twice as many rows the quartiles are those of a sample, of as many at least: a t-digest takes 20 to 45 ns a value, all else that is asked 30. */
const SAMPLE_ROWS = 25_000;

/** SQL: the quartiles of the numbers among the columns. */
function quartilesOf(columns: readonly ColumnPlan[]): string[] {
  return columns.flatMap((column, index) =>
    MEASURED_KINDS.has(heldType(column).kind)
      ? [`approx_quantile(${quoteIdentifier(column.name)}, [0.25, 0.75])::DOUBLE[] AS quartiles${index}`]
      : [],
  );
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
  // A filter takes five times as long for each value.
  return [`count_if(${beyondFences(column, low - fence, high + fence)}) AS outliers${index}`];
}

/**
 * Indexes, as many at a time as the limit allows; one at least.
 * @param sizes - MB that each takes
 */
function passesOf(sizes: readonly number[], limitMB: number): number[][] {
  const passes: number[][] = [[]];
  let held = 0;
  for (const [index, size] of sizes.entries()) {
    if (held > 0 && held + size > limitMB) {
      passes.push([]);
      held = 0;
    }
    held += size;
    passes.at(-1)?.push(index);
  }
  return passes;
}

/** What counting a column's different values takes, MB. */
const countingMB = (threads: number, distinct: number) => COUNTING_MB * threads + (distinct * VALUE_BYTES) / MB;

interface Measuring extends Pick<Staging, 'threads' | 'plan'> {
  readonly rows: number;
  /** What counting may take. */
  readonly limitMB: number;
  readonly sensitive: ReadonlySet<string>;
  readonly few: ReadonlySet<string>;
}

async function measure(
  engine: Engine,
  columns: readonly ColumnPlan[],
  { rows, plan, threads, limitMB, sensitive, few }: Measuring,
): Promise<ColumnMetrics[]> {
  // A statement of `content` takes milliseconds to begin with where there are hundreds of columns, whichever it asks for.
  const valuesOf = (asked: readonly ColumnPlan[]) =>
    `SELECT ${namedValues(plan, undefined, new Set(asked.map(({ name }) => name)))} FROM staged`;
  const isSmall = rows <= COUNTED_DISTINCT;
  const isCountable = ({ name }: ColumnPlan) => isSmall || few.has(name);
  const [first] = passesOf(
    columns.map((column) => (isCountable(column) ? countingMB(threads, few.has(column.name) ? 0 : rows) : 0)),
    limitMB,
  );
  const countings = columns.map((column, index): Counting => {
    // No two rows have the same, and none has none.
    if (plan.key.length === 1 && column.name === plan.key[0]) return 'key';
    if (isCountable(column) && first?.includes(index)) return 'at once';
    return isSmall ? 'later' : 'estimated';
  });
  const asked = columns.map((column, index) => selectOf(column, index, countings[index] ?? 'estimated'));
  const quartiles = quartilesOf(columns);
  const share = 2 ** Math.max(0, Math.floor(Math.log2(rows / SAMPLE_ROWS)));
  const facts: Record<string, unknown> = {};
  const outliers = () => columns.map((column, index) => outliersOf(column, index, facts[`quartiles${index}`]));
  const sampled = share > 1 && quartiles.length > 0;
  if (sampled) {
    Object.assign(
      facts,
      await engine.row(`SELECT ${quartiles.join(', ')} FROM (${valuesOf(columns)} WHERE hash(rowid) % ${share} = 0)`),
    );
    // With all else that is asked of the values, which may have to be cast for it.
    asked.push(...outliers().flat());
  } else {
    asked.push(...quartiles);
  }
  Object.assign(facts, await engine.row(`SELECT ${asked.join(', ')} FROM (${valuesOf(columns)})`));
  const estimates = columns.map((_, index) => Number(facts[`distinct${index}`]));
  const stillToFind = sampled ? [] : outliers();
  const isKnown = countings.map((counting) => counting === 'key' || counting === 'at once');
  const open = columns.map((column, index) => {
    const distinct =
      isKnown[index] || (estimates[index] ?? 0) > COUNTED_DISTINCT ? [] : [`${distinctOf(column)} AS exact${index}`];
    return { distinct, outliers: stillToFind[index] ?? [] };
  });
  const sizes = open.map(({ distinct }, index) =>
    distinct.length === 0 ? 0 : countingMB(threads, estimates[index] ?? 0),
  );
  const counted: Record<string, unknown> = {};
  for (const pass of passesOf(sizes, limitMB)) {
    const of = pass.flatMap((index) => [...(open[index]?.outliers ?? []), ...(open[index]?.distinct ?? [])]);
    const from = pass.flatMap((index) => columns[index] ?? []);
    // Without any there would be a row for each.
    if (of.length > 0) Object.assign(counted, await engine.row(`SELECT ${of.join(', ')} FROM (${valuesOf(from)})`));
  }
  const textOr = (value: unknown) => (value === null || value === undefined ? null : String(value));
  return columns.map((column, index) => {
    const nulls = Number(facts[`nulls${index}`]);
    const exact = isKnown[index] ? estimates[index] : counted[`exact${index}`];
    const beyond = facts[`outliers${index}`] ?? counted[`outliers${index}`];
    // An estimate may exceed the number of values.
    const estimate = Math.min(estimates[index] ?? 0, rows - nulls);
    return {
      name: column.name,
      nulls,
      distinct: exact === undefined ? estimate : Number(exact),
      distinctExact: exact !== undefined,
      min: sensitive.has(column.name) ? null : textOr(facts[`min${index}`]),
      max: sensitive.has(column.name) ? null : textOr(facts[`max${index}`]),
      outliers: beyond === undefined ? null : Number(beyond),
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

/** DuckDB gives a thread a row group: where there is but one, several statements run at once. */
async function measureColumns(
  { engine, engineLimitMB, threads, plan, rowGroupRows }: Staging,
  sensitive: ReadonlySet<string>,
  few: ReadonlySet<string>,
): Promise<ColumnMetrics[]> {
  const rows = Number((await engine.row('SELECT count(*) AS rows FROM staged')).rows);
  const perPass = Math.max(1, Math.floor(COLUMNS_PER_PASS / threads));
  const passes = Array.from({ length: Math.ceil(plan.columns.length / perPass) }, (_, number) =>
    plan.columns.slice(number * perPass, (number + 1) * perPass),
  );
  const lanes = rows > rowGroupRows ? 1 : Math.max(1, Math.min(threads, passes.length));
  const measuring = {
    rows,
    plan,
    threads: threads / lanes,
    limitMB: (engineLimitMB * SHARE_OF_COUNTING) / lanes,
    sensitive,
    few,
  };
  const measured: ColumnMetrics[][] = [];
  const open = passes.entries();
  const work = async (connection: Engine) => {
    for (const [number, columns] of open) measured[number] = await measure(connection, columns, measuring);
  };
  const others = await Promise.all(Array.from({ length: lanes - 1 }, () => engine.fork()));
  try {
    const ended = await Promise.allSettled([engine, ...others].map(work));
    for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
  } finally {
    for (const other of others) other.close();
  }
  return measured.flat();
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
  const columns = await measureColumns(staging, sensitive, few);
  const distributions = [];
  for (const column of plan.distributions) {
    distributions.push(await distribute(engine, column, sensitive.has(column)));
  }
  return { columns, distributions };
}
