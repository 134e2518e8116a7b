import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InvalidPolicy, isSnapkeepError, type JsonSchema, type JsonValue, quoteLiteral } from '@snapkeep/sdk';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportDataset } from '../../../src/pipeline/export/export.ts';
import type { LaneChoice } from '../../../src/pipeline/export/lane.ts';
import { CASES } from '../../fidelity/cases.ts';
import { startPostgres, type TestDatabase } from '../../support/postgres.ts';
import { columnSchemas } from '../../support/random-schemas.ts';
import { testRuntime } from '../../support/runtime.ts';

const TABLES = Number(process.env.SNAPKEEP_LANES_TABLES ?? 40);

let database: TestDatabase;
let root: string;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapkeep-lanes-'));
  for (const statement of TYPES.flatMap(({ prelude }) => prelude ?? [])) await database.run(statement);
});
afterAll(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

const TYPES = CASES.filter(({ prelude, since }) => !/EXTENSION/.test(String(prelude)) && since === undefined);

interface RandomColumn {
  readonly sql: string;
  readonly schema: JsonValue | undefined;
  readonly values: readonly (string | null)[];
}

const column: fc.Arbitrary<RandomColumn> = fc.constantFrom(...TYPES).chain(({ sql, values, refused = [] }) =>
  fc.record({
    sql: fc.constant(sql),
    schema: fc.option(columnSchemas, { freq: 1, nil: undefined }),
    values: fc.array(
      fc.oneof(
        { weight: 30, arbitrary: fc.constantFrom(...values, null) },
        { weight: 1, arbitrary: fc.constantFrom(...values, ...refused) },
      ),
      { minLength: 12, maxLength: 12 },
    ),
  }),
);
const table = fc.record({
  columns: fc.array(column, { minLength: 1, maxLength: 6 }),
  rows: fc.integer({ min: 0, max: 12 }),
  keyed: fc.boolean(),
  policy: fc.constantFrom('fail', 'drop', 'quarantine'),
  inexact: fc.option(fc.constantFrom('null', 'string'), { freq: 2, nil: undefined }),
});
type Table = typeof table extends fc.Arbitrary<infer T> ? T : never;

const sqlOf = (value: string | null) => (value === null ? 'NULL' : quoteLiteral(value));

let tables = 0;
async function create({ columns, rows, keyed }: Table): Promise<string> {
  tables += 1;
  const name = `t${tables}`;
  const declared = columns.map(({ sql }, index) => `, c${index} ${sql}`).join('');
  await database.run(`CREATE TABLE ${name} (id integer${keyed ? ' PRIMARY KEY' : ''}${declared})`);
  for (let row = 0; row < rows; row += 1) {
    const values = columns.map(({ values: of }) => sqlOf(of[row] ?? null));
    // Not in the order of the key.
    await database.run(`INSERT INTO ${name} VALUES (${[(row * 7) % 13, ...values].join(', ')})`);
  }
  return name;
}

/** All that an export comes to, but for the lane, times, and the names that follow from them. */
async function outcome(name: string, { columns, policy, inexact }: Table, lane: LaneChoice) {
  const properties = Object.fromEntries(
    columns.flatMap(({ schema }, index) => (schema === undefined ? [] : [[`c${index}`, schema]])),
  );
  const schema: JsonSchema = { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties };
  const file = join(root, `${name}.schema.json`);
  await writeFile(file, JSON.stringify(schema));
  const runtime = testRuntime(
    root,
    { url: database.url },
    { [name]: { table: [name], schema: `${name}.schema.json` } },
  );
  try {
    const { files, rows, contentHash, rejected, causes, report, substitutions, path } = await exportDataset(runtime, {
      name,
      lane,
      version: false,
      onInvalid: policy as InvalidPolicy,
      ...(inexact === undefined ? {} : { onInexact: [{ key: '*', policy: inexact }] }),
    });
    const manifest = JSON.parse(await readFile(join(root, `${path}.json`), 'utf8'));
    const { instant, lane: _lane, laneReason, predicate, relation, ...plan } = manifest.plan;
    const { phases, createdAt, snapshot, source, plan: _plan, ...rest } = manifest;
    return {
      files, rows, contentHash, rejected, causes, substitutions, plan, rest,
      report: report === null ? null : await readFile(join(root, report), 'utf8'),
    }; // biome-ignore format: a list
  } catch (error) {
    if (!isSnapkeepError(error)) throw error;
    const { code, message, details, exitCode } = error;
    if (/--lane fast can't be taken/.test(message)) return undefined;
    const { report, ...others } = details;
    const hidden = message.replaceAll(String(report), 'REPORT');
    return { code, exitCode, message: hidden, details: others };
  }
}

type Outcome = Awaited<ReturnType<typeof outcome>>;

/** Without a key there is no order, and in another order the same rows are other bytes. */
function comparable(found: Outcome, { keyed }: Table): unknown {
  if (keyed || found === undefined || !('files' in found)) return found;
  const { files, rest, ...same } = found;
  return same;
}

test('both lanes come to the same: rows, verdicts, messages, bytes, manifest', async () => {
  let both = 0;
  await fc.assert(
    fc.asyncProperty(table, async (given) => {
      const name = await create(given);
      const fast = await outcome(name, given, 'fast');
      const row = await outcome(name, given, 'row');
      if (fast === undefined) return;
      expect(comparable(fast, given)).toEqual(comparable(row, given));
      both += 1;
    }),
    { numRuns: TABLES },
  );
  expect(both).toBeGreaterThan(TABLES / 10);
}, 600_000);
