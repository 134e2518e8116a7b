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
  readonly types: readonly RandomType[];
  readonly statements: readonly string[];
  /** Whether a value that no file holds is among the rows. */
  readonly refused: boolean;
}

function randomTable(random: Random, name: string): Table {
  const composites: string[] = [];
  const types = Array.from({ length: random.between(1, 8) }, () => randomType(random, composites, name));
  const columns = types.map((type, index) => `c${index} ${type.sql}`);
  let refused = false;
  const rows = Array.from({ length: random.between(0, 12) }, (_, id) => {
    const values = types.map((type) => {
      if (type.refused && random.chance(0.01)) {
        refused = true;
        return type.refused(random);
      }
      return random.chance(0.15) ? 'NULL' : type.value(random);
    });
    return `INSERT INTO ${name} VALUES (${[id, ...values].join(', ')})`;
  });
  return {
    types,
    refused,
    statements: [...composites, `CREATE TABLE ${name} (id integer PRIMARY KEY, ${columns.join(', ')})`, ...rows],
  };
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
    `SELECT count(*)::int AS n FROM ${name} a FULL JOIN ${name}_back b USING (id) WHERE a.id IS NULL OR b.id IS NULL OR ${differs.join(' OR ')}`,
  );
  return answer.rows[0].n as number;
}

async function check(seed: number): Promise<'equal' | 'refused'> {
  const name = `t_${seed}`;
  const { types, statements, refused } = randomTable(new Random(seed), name);
  const explain = `seed ${seed}:\n${statements.join(';\n')}`;
  await database.run('SET intervalstyle = iso_8601');
  for (const statement of statements) await database.run(statement);
  let snapshot: string;
  try {
    const runtime = testRuntime(root, { url: database.url });
    ({ snapshot } = await exportDataset(runtime, { name, version: false }));
  } catch (error) {
    if (!isSnapkeepError(error)) throw new Error(explain, { cause: error });
    expect([error.code, error.message, refused], explain).toEqual(['SNAPKEEP_VALUE_INEXACT', expect.any(String), true]);
    return 'refused';
  }
  expect(refused, `not refused, ${explain}`).toBe(false);
  expect(await differences(name, types, await readBack(snapshot, name)), explain).toBe(0);
  return 'equal';
}

test(`${TABLES} random tables are equal after the way out and back, or refused for a value that no file holds`, async () => {
  const outcomes = { equal: 0, refused: 0 };
  for (let index = 0; index < TABLES; index += 1) outcomes[await check(SEED + index)] += 1;
  if (TABLES >= 100) expect(outcomes.equal).toBeGreaterThan(TABLES * 0.6);
}, 600_000);
