import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heldType, isSnapkeepError, type Manifest, quoteIdentifier, quoteLiteral } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, readParquet } from '../../src/engine/engine.ts';
import { parquetTexts } from '../../src/engine/parquet-texts.ts';
import { textOf } from '../../src/engine/text-form.ts';
import { layoutOf } from '../../src/pipeline/dataset.ts';
import { exportDataset } from '../../src/pipeline/export/export.ts';
import { rowBuilder } from '../../src/pipeline/export/row-lane.ts';
import { readManifest } from '../../src/store/manifest-file.ts';
import { startPostgres, type TestDatabase } from '../support/postgres.ts';
import { testRuntime } from '../support/runtime.ts';
import { minimise, shorter } from './minimise.ts';
import { Random } from './random.ts';
import { differ, PRELUDE, type RandomType, randomType } from './types.ts';

/** On demand: SNAPKEEP_FIDELITY_SEED=123 SNAPKEEP_FIDELITY_TABLES=1 repeats one table, a larger count runs more. */
const TABLES = Number(process.env.SNAPKEEP_FIDELITY_TABLES ?? 200);
const SEED = Number(process.env.SNAPKEEP_FIDELITY_SEED ?? 20_261_122);

let database: TestDatabase;
let root: string;

beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapkeep-fidelity-'));
  for (const statement of PRELUDE) await database.run(statement);
});
afterAll(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

interface Table {
  readonly seed: number;
  /** Statements that make the types of its columns. */
  readonly composites: readonly string[];
  readonly columns: readonly RandomColumn[];
  /** SQL of each value, by row. */
  readonly rows: readonly (readonly Value[])[];
}

interface RandomColumn {
  readonly type: RandomType;
  readonly policy: Policy;
}

type Policy = 'refuse' | 'null' | 'string' | 'double' | 'infinity';

interface Value {
  readonly sql: string;
  /** Whether no file holds it. */
  readonly odd: boolean;
}

function randomPolicy({ sql }: RandomType, random: Random): Policy {
  if (random.chance(0.7)) return 'refuse';
  const own: readonly Policy[] = /^(?:date|timestamp)/.test(sql)
    ? ['infinity']
    : /^numeric/.test(sql)
      ? ['double']
      : [];
  return random.pick([...own, 'null', 'string']);
}

/** Whether the policy leaves nothing to do but refuse. */
function isRefused({ policy, type }: RandomColumn, { odd, sql }: Value): boolean {
  if (!odd || policy === 'null' || policy === 'string' || policy === 'double') return false;
  return policy === 'refuse' || !/infinity/.test(sql) || !/^(?:date|timestamp)[a-z]*$/.test(type.sql);
}

function randomTable(seed: number): Table {
  const random = new Random(seed);
  const composites: string[] = [];
  const columns = Array.from({ length: random.between(1, 8) }, (): RandomColumn => {
    const type = randomType(random, composites, `t_${seed}`);
    return { type, policy: randomPolicy(type, random) };
  });
  const rows = Array.from({ length: random.between(0, 12) }, () =>
    columns.map(({ type, policy }): Value => {
      if (type.refused && random.chance(policy === 'refuse' ? 0.01 : 0.2))
        return { sql: type.refused(random), odd: true };
      return { sql: random.chance(0.15) ? 'NULL' : type.value(random), odd: false };
    }),
  );
  return { seed, composites, columns, rows };
}

/** The statements that make the table and fill it. */
function statementsOf({ columns: of, rows }: Table, name: string): string[] {
  const columns = of.map(({ type }, index) => `, c${index} ${type.sql}`).join('');
  const inserts = rows.map(
    (values, id) => `INSERT INTO ${name} VALUES (${[id, ...values.map(({ sql }) => sql)].join(', ')})`,
  );
  return [`CREATE TABLE ${name} (id integer PRIMARY KEY${columns})`, ...inserts];
}

/** Fewer rows, fewer columns, NULL in the place of a value. */
function* smaller(table: Table): Generator<Table> {
  for (const rows of shorter(table.rows)) yield { ...table, rows };
  const { columns } = table;
  for (const kept of shorter([...columns.keys()])) {
    const pick = <T>(items: readonly T[]) => items.filter((_, index) => kept.includes(index));
    yield { ...table, columns: pick(columns), rows: table.rows.map(pick) };
  }
  for (const [row, values] of table.rows.entries()) {
    for (const [column, value] of values.entries()) {
      if (value.sql === 'NULL') continue;
      yield { ...table, rows: table.rows.with(row, values.with(column, { sql: 'NULL', odd: false })) };
    }
  }
}

/** What the Parquet file says, in the server's own text forms. */
async function readBack({ dataset, snapshot, plan, files: names }: Manifest): Promise<(string | null)[][]> {
  const layout = layoutOf(testRuntime(root, {}), dataset);
  const files = names.map(({ path }) => layout.absolute(`${layout.snapshot(snapshot)}/${path}`));
  const engine = await openEngine();
  try {
    const texts = plan.columns.map((column) => textOf(heldType(column), quoteIdentifier(column.name)));
    const read = await engine.connection.runAndReadAll(`SELECT ${texts.join(', ')} FROM ${readParquet(files)}`);
    return read.getRows() as (string | null)[][];
  } finally {
    engine.close();
  }
}

/** The rows as a validator sees them, of the source and of the file, in the order of the key; columns whose values a policy replaces left out. */
async function seenRows(manifest: Manifest, { columns: of }: Table): Promise<[unknown[], unknown[]]> {
  const runtime = testRuntime(root, { url: database.url });
  const { dataset, snapshot, plan, files: names } = manifest;
  const toRow = rowBuilder(plan);
  const replaced = of.flatMap(({ policy }, index) => (policy === 'null' || policy === 'double' ? [`c${index}`] : []));
  const seen = (texts: readonly (string | null)[]) => {
    const row: Record<string, unknown> = { ...toRow(texts) };
    for (const name of replaced) delete row[name];
    // As JSON, which has one zero.
    return JSON.stringify(row);
  };
  const source = await runtime.capability('source', 'postgres');
  const context = runtime.context('postgres');
  const session = await source.open(
    { connection: runtime.config.connection, relations: [{ tables: [dataset] }], jobs: 1 },
    context,
  );
  const there: unknown[] = [];
  for await (const batch of session.rows({ relation: 0, filters: [] }, { batchRows: 100 }, context)) {
    there.push(...batch.toSorted(([a], [b]) => Number(a) - Number(b)).map(seen));
  }
  await session.finish(context);
  await session.close();
  const layout = layoutOf(runtime, dataset);
  const files = names.map(({ path }) => layout.absolute(`${layout.snapshot(snapshot)}/${path}`));
  const engine = await openEngine();
  const back: unknown[] = [];
  for await (const batch of parquetTexts(engine, files, plan.columns, { batchRows: 100 }))
    back.push(...batch.map(seen));
  engine.close();
  return [there, back];
}

/** What a numeric, or an array of them, becomes. */
function doubleOf({ sql }: RandomType): string {
  return `double precision${/(\[\])*$/.exec(sql)?.[0] ?? ''}`;
}

/** SQL: whether a column's value that came back is not what the policy makes of the one in the table. */
function wrong({ type, policy }: RandomColumn, index: number, oddIds: readonly number[]): string {
  const [a, b] = [`a.c${index}`, `b.c${index}`];
  if (policy === 'double') return `${a}::${doubleOf(type)} IS DISTINCT FROM ${b}`;
  if (policy !== 'null' || oddIds.length === 0) return differ(type, a, b);
  const isNested = type.sql.includes('[]') || type.sql.includes('range') || type.sql.includes('composite');
  return `CASE WHEN id IN (${oddIds.join(', ')}) THEN ${isNested ? 'false' : `${b} IS NOT NULL`} ELSE ${differ(type, a, b)} END`;
}

function idsOfOdd({ rows }: Table, column: number): number[] {
  return rows.flatMap((values, id) => (values[column]?.odd ? [id] : []));
}

/** Rows that PostgreSQL itself finds different after they have been read back. */
async function differences(name: string, table: Table, rows: readonly (string | null)[][]): Promise<number> {
  const types = table.columns.map(({ type, policy }) => (policy === 'double' ? doubleOf(type) : type.sql));
  const columns = types.map((type, index) => `, c${index} ${type}`).join('');
  await database.run(`CREATE TABLE ${name}_back (id integer PRIMARY KEY${columns})`);
  for (const row of rows) {
    const [id, ...values] = row;
    const literals = values.map((value, index) =>
      value === null ? 'NULL' : `${quoteLiteral(value)}::${types[index]}`,
    );
    await database.run(`INSERT INTO ${name}_back VALUES (${[String(id), ...literals].join(', ')})`);
  }
  const differs = table.columns.map((column, index) => wrong(column, index, idsOfOdd(table, index)));
  const answer = await database.run(
    `SELECT count(*)::int AS n FROM ${name} a FULL JOIN ${name}_back b USING (id) WHERE ${['a.id IS NULL', 'b.id IS NULL', ...differs].join(' OR ')}`,
  );
  return answer.rows[0].n as number;
}

let made = 0;

/** @throws where the table comes back different, or is refused without a reason, or not refused though there is one */
async function examine(table: Table): Promise<'equal' | 'refused'> {
  made += 1;
  const name = `t_${table.seed}_${made}`;
  for (const statement of statementsOf(table, name)) await database.run(statement);
  const { columns } = table;
  const refused = table.rows.some((row) =>
    row.some((value, index) => columns[index] !== undefined && isRefused(columns[index], value)),
  );
  const onInexact = columns.map(({ policy }, index) => ({ key: `c${index}`, policy }));
  const runtime = testRuntime(root, { url: database.url });
  let manifest: Manifest;
  try {
    const { snapshot } = await exportDataset(runtime, { name, version: false, onInexact });
    manifest = await readManifest(layoutOf(runtime, name), snapshot);
  } catch (error) {
    if (!isSnapkeepError(error)) throw error;
    expect([error.code, error.message, refused]).toEqual(['SNAPKEEP_VALUE_INEXACT', expect.any(String), true]);
    return 'refused';
  }
  expect(refused, 'not refused').toBe(false);
  expect(await differences(name, table, await readBack(manifest)), 'rows that differ').toBe(0);
  const [there, back] = await seenRows(manifest, table);
  expect(back, 'what a validator sees of the file').toEqual(there);
  const counted = columns.flatMap(({ policy }, index) => {
    const ids = idsOfOdd(table, index);
    if (ids.length === 0 || policy === 'string' || policy === 'double') return [];
    const firstKeys = ids.slice(0, 5).map((id) => ({ id: `${id}` }));
    return [{ column: `c${index}`, policy, values: ids.length, firstKeys }];
  });
  expect(manifest.substitutions.filter(({ policy }) => policy !== 'double')).toEqual(counted);
  return 'equal';
}

async function check(seed: number): Promise<'equal' | 'refused'> {
  const table = randomTable(seed);
  await database.run('SET intervalstyle = iso_8601');
  for (const statement of table.composites) await database.run(statement);
  try {
    return await examine(table);
  } catch (error) {
    const fails = (candidate: Table) =>
      examine(candidate).then(
        () => false,
        () => true,
      );
    const least = await minimise(table, smaller, fails);
    const statements = [...least.composites, ...statementsOf(least, `t_${seed}`)].join(';\n');
    throw new Error(`SNAPKEEP_FIDELITY_SEED=${seed}, the smallest table that fails:\n${statements};`, { cause: error });
  }
}

test(`${TABLES} random tables are equal after the way out and back, or refused, or replaced as a policy says, for a value that no file holds`, async () => {
  const outcomes = { equal: 0, refused: 0 };
  for (let index = 0; index < TABLES; index += 1) outcomes[await check(SEED + index)] += 1;
  if (TABLES >= 100) expect(outcomes.equal).toBeGreaterThan(TABLES * 0.6);
}, 600_000);
