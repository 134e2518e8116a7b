import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatasetConfig } from '../../../src/pipeline/config.ts';
import { exportDataset } from '../../../src/pipeline/export/export.ts';
import type { LaneChoice } from '../../../src/pipeline/export/lane.ts';
import { startPostgres, type TestDatabase } from '../../support/postgres.ts';
import { testRuntime } from '../../support/runtime.ts';

const ROWS = 36_000;

let database: TestDatabase;
let root: string;
beforeAll(async () => {
  database = await (await startPostgres()).createDatabase();
  root = await mkdtemp(join(tmpdir(), 'snapkeep-jobs-'));
  // Some 9 MB each, so that there are several parts; not in the order of the key; with holes where rows were.
  await database.run(`
    CREATE TABLE keyed (id int PRIMARY KEY, kind text, doc jsonb, at timestamptz, filler text);
    INSERT INTO keyed SELECT (i * 7919) % ${ROWS}, (ARRAY['a', 'b', NULL])[1 + i % 3], jsonb_build_object('n', i, 't', 'x' || i),
      timestamptz '2026-01-01 00:00+00' + i * interval '1 second', repeat(md5(i::text), 5) FROM generate_series(1, ${ROWS}) i;
    DELETE FROM keyed WHERE id % 11 = 3;
    CREATE TABLE keyless AS SELECT kind, doc, at, filler FROM keyed;
    CREATE TABLE split (id int NOT NULL, kind text, filler text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
    CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM (0) TO (12000);
    CREATE TABLE split_2 PARTITION OF split FOR VALUES FROM (12000) TO (100000);
    INSERT INTO split SELECT id, kind, filler || filler FROM keyed;
    CREATE VIEW seen AS SELECT * FROM keyed WHERE id < 500;
    CREATE INDEX ON keyed (at);
    ANALYZE`);
  await writeFile(
    join(root, 'rows.schema.json'),
    JSON.stringify({ type: 'object', properties: { id: { maximum: 35_980 }, kind: { enum: ['a', 'b', null] } } }),
  );
});
afterAll(async () => {
  await database.drop();
  await rm(root, { recursive: true, force: true });
});

interface Case {
  readonly name: string;
  readonly config: DatasetConfig;
  readonly lane: LaneChoice;
  readonly request?: { readonly since?: string; readonly where?: readonly string[] };
  /** Whether the rows come in the same order without a key. */
  readonly sameBytes: boolean;
  readonly said: RegExp;
}

const keyed = { table: 'keyed', schema: 'rows.schema.json', onInvalid: 'quarantine', distributions: ['kind'] } as const;
const IN_PARTS = /is read in \d+ parts through 4 connections/;
const CASES: readonly Case[] = [
  { name: 'a table with a key', config: keyed, lane: 'fast', sameBytes: true, said: IN_PARTS },
  { name: 'a table with a key', config: keyed, lane: 'row', sameBytes: true, said: IN_PARTS },
  { name: 'a table without a key', config: { table: 'keyless' }, lane: 'fast', sameBytes: true, said: IN_PARTS },
  { name: 'partitions', config: { table: 'split' }, lane: 'fast', sameBytes: true, said: IN_PARTS },
  {
    name: 'partitions without a key',
    config: { table: 'split', key: [] },
    lane: 'fast',
    sameBytes: false,
    said: IN_PARTS,
  },
  { name: 'a filter', config: keyed, lane: 'fast', request: { where: ['kind=a'] }, sameBytes: true, said: IN_PARTS },
  {
    name: 'a window that an index serves',
    config: { ...keyed, time: 'at' },
    lane: 'fast',
    request: { since: '2026-01-01T09:55:00Z' },
    sameBytes: true,
    said: /read through one connection: the server would read each part by a/,
  },
  {
    name: 'a view',
    config: { table: 'seen', key: ['id'] },
    lane: 'row',
    sameBytes: true,
    said: /read through one connection: there is one connection/,
  },
];

/** All that an export comes to, but for times and the names that follow from them. */
async function outcome({ name, config, lane, request }: Case, jobs: number) {
  const said: string[] = [];
  const dataset = name.replaceAll(' ', '_');
  const plain = testRuntime(root, { url: database.url }, { [dataset]: config });
  const log = { ...plain.log, info: (line: string) => said.push(line), verbose: (line: string) => said.push(line) };
  const runtime = { ...plain, log, context: (of: string) => ({ ...plain.context(of), log }) };
  const result = await exportDataset(runtime, { name: dataset, lane, jobs, version: false, ...request });
  const manifest = JSON.parse(await readFile(join(root, `${result.path}.json`), 'utf8'));
  const { phases, createdAt, snapshot, ...rest } = manifest;
  // The moment, and the server's guesses at sizes, are others each time.
  const { instant, relation, ...plan } = rest.plan;
  const { files, contentHash, rejected, causes } = result;
  const report = result.report === null ? null : await readFile(join(root, result.report), 'utf8');
  return {
    said,
    all: { rest: { ...rest, plan }, files, contentHash, rejected, causes, report },
  };
}

test.each(CASES)('$name in the $lane lane: four connections give what one gives', async (one) => {
  const alone = await outcome(one, 1);
  const four = await outcome(one, 4);
  expect(four.said.join('\n')).toMatch(one.said);
  expect(four.all.contentHash).toBe(alone.all.contentHash);
  if (one.sameBytes) expect(four.all).toEqual(alone.all);
  else expect(four.all.rest.rows).toBe(alone.all.rest.rows);
});
