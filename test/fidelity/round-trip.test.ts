import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSnapkeepError, quoteIdentifier, quoteLiteral } from '@snapkeep/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, readParquet } from '../../src/engine/engine.ts';
import { textOf } from '../../src/engine/text-form.ts';
import { layoutOf } from '../../src/pipeline/dataset.ts';
import { exportDataset } from '../../src/pipeline/export/export.ts';
import { readManifest } from '../../src/store/manifest-file.ts';
import { startPostgres, type TestDatabase } from '../support/postgres.ts';
import { testRuntime } from '../support/runtime.ts';
import { minimise, shorter } from './minimise.ts';
import { Random } from './random.ts';
import { PRELUDE, type RandomType, randomType } from './types.ts';

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
  readonly types: readonly RandomType[];
  /** SQL of each value, by row. */
  readonly rows: readonly (readonly Value[])[];
}

interface Value {
  readonly sql: string;
  /** Whether no file holds it. */
  readonly refused: boolean;
}

function randomTable(seed: number): Table {
  const random = new Random(seed);
  const composites: string[] = [];
  const types = Array.from({ length: random.between(1, 8) }, () => randomType(random, composites, `t_${seed}`));
  const rows = Array.from({ length: random.between(0, 12) }, () =>
    types.map((type): Value => {
      if (type.refused && random.chance(0.01)) return { sql: type.refused(random), refused: true };
      return { sql: random.chance(0.15) ? 'NULL' : type.value(random), refused: false };
    }),
  );
  return { seed, composites, types, rows };
}

/** The statements that make the table and fill it. */
function statementsOf({ types, rows }: Table, name: string): string[] {
  const columns = types.map((type, index) => `, c${index} ${type.sql}`).join('');
  const inserts = rows.map(
    (values, id) => `INSERT INTO ${name} VALUES (${[id, ...values.map(({ sql }) => sql)].join(', ')})`,
  );
  return [`CREATE TABLE ${name} (id integer PRIMARY KEY${columns})`, ...inserts];
}

/** Fewer rows, fewer columns, NULL in the place of a value. */
function* smaller(table: Table): Generator<Table> {
  for (const rows of shorter(table.rows)) yield { ...table, rows };
  const { types } = table;
  for (const kept of shorter([...types.keys()])) {
    const pick = <T>(items: readonly T[]) => items.filter((_, index) => kept.includes(index));
    yield { ...table, types: pick(types), rows: table.rows.map(pick) };
  }
  for (const [row, values] of table.rows.entries()) {
    for (const [column, value] of values.entries()) {
      if (value.sql === 'NULL') continue;
      yield { ...table, rows: table.rows.with(row, values.with(column, { sql: 'NULL', refused: false })) };
    }
  }
}

/** What the Parquet file says, in the server's own text forms. */
async function readBack(snapshot: string, dataset: string): Promise<(string | null)[][]> {
  const runtime = testRuntime(root, {});
  const layout = layoutOf(runtime, dataset);
  const manifest = await readManifest(layout, snapshot);
  const files = manifest.files.map(({ path }) => layout.absolute(`${layout.snapshot(snapshot)}/${path}`));
  const engine = await openEngine();
  try {
    const texts = manifest.plan.columns.map(({ name, type, fileType }) =>
      fileType === 'VARCHAR' ? quoteIdentifier(name) : textOf(type, quoteIdentifier(name)),
    );
    const read = await engine.connection.runAndReadAll(`SELECT ${texts.join(', ')} FROM ${readParquet(files)}`);
    return read.getRows() as (string | null)[][];
  } finally {
    engine.close();
  }
}

/** Rows that PostgreSQL itself finds different after they have been read back. */
async function differences(
  name: string,
  types: readonly RandomType[],
  rows: readonly (string | null)[][],
): Promise<number> {
  const columns = types.map((type, index) => `c${index} ${type.sql}`);
  await database.run(`CREATE TABLE ${name}_back (id integer PRIMARY KEY, ${columns.join(', ')})`);
  for (const row of rows) {
    const [id, ...values] = row;
    const literals = values.map((value, index) =>
      value === null ? 'NULL' : `${quoteLiteral(value)}::${types[index]?.sql}`,
    );
    await database.run(`INSERT INTO ${name}_back VALUES (${[String(id), ...literals].join(', ')})`);
  }
  const differs = types.map(({ comparable }, index) => {
    const cast = comparable ? '' : '::text';
    return `a.c${index}${cast} IS DISTINCT FROM b.c${index}${cast}`;
  });
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
  const refused = table.rows.flat().some((value) => value.refused);
  let snapshot: string;
  try {
    const runtime = testRuntime(root, { url: database.url });
    ({ snapshot } = await exportDataset(runtime, { name, version: false }));
  } catch (error) {
    if (!isSnapkeepError(error)) throw error;
    expect([error.code, error.message, refused]).toEqual(['SNAPKEEP_VALUE_INEXACT', expect.any(String), true]);
    return 'refused';
  }
  expect(refused, 'not refused').toBe(false);
  expect(await differences(name, table.types, await readBack(snapshot, name)), 'rows that differ').toBe(0);
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

test(`${TABLES} random tables are equal after the way out and back, or refused for a value that no file holds`, async () => {
  const outcomes = { equal: 0, refused: 0 };
  for (let index = 0; index < TABLES; index += 1) outcomes[await check(SEED + index)] += 1;
  if (TABLES >= 100) expect(outcomes.equal).toBeGreaterThan(TABLES * 0.6);
}, 600_000);
