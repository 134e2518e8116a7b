// Tables of other shapes than events: 100 columns, documents of 10 KB, 20 narrow integers, numerics, arrays, one with none of a key; the raw
// COPY, snapkeep in both lanes and DuckDB's extension in turn: node bench/shapes.ts [scale] [--save]
import path from 'node:path';
import type pg from 'pg';
import { compareTools, type Measured } from './alternatives/compare.ts';
import { openAlternatives } from './alternatives/list.ts';
import { withFolder } from './support/cli.ts';
import { withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { short } from './support/markdown.ts';
import { today, writeResult } from './support/results.ts';

const ROUNDS = 3;
const TOOLS = ['snapkeep', 'snapkeep-row', 'snapkeep-unsorted', 'duckdb'];
const { sizes, save } = benchFlags(1);
const [scale = 1] = sizes;

interface Shape {
  readonly table: string;
  readonly about: string;
  readonly rows: number;
  /** SQL of the columns, from `n`, the number of the row. */
  readonly columns: readonly string[];
  readonly key?: string;
}

const range = (length: number, item: (index: number) => string) => Array.from({ length }, (_, index) => item(index));
const MIXED = [
  (at: number) => `(n * ${at + 7}) % 1000003`,
  (at: number) => `left(md5((n + ${at})::text), 12)`,
  (at: number) => `CASE WHEN n % 3 > 0 THEN n * 0.25::float8 + ${at} END`,
  (at: number) => `((n * ${at + 3}) % 100000 / 100.0)::numeric(12,2)`,
  (at: number) => `timestamptz '2026-01-01Z' + (n + ${at}) * interval '1 s'`,
];
const SHAPES: readonly Shape[] = [
  {
    table: 'wide',
    about: '100 columns of five types',
    rows: 100_000,
    columns: ['n AS id', ...range(99, (at) => `${MIXED[at % MIXED.length]?.(at)} AS c${at}`)],
    key: 'id',
  },
  {
    table: 'documents',
    about: 'JSON documents of 10 KB',
    rows: 20_000,
    columns: [
      'n AS id',
      `jsonb_build_object('id', n, 'items', (SELECT jsonb_agg(md5((n * 300 + item)::text)) FROM generate_series(1, 280) AS item)) AS document`,
    ],
    key: 'id',
  },
  {
    table: 'narrow',
    about: '20 integers',
    rows: 1_000_000,
    columns: ['n AS id', ...range(19, (at) => `((n::bigint * ${at * 2 + 7919}) % 100003)::int AS c${at}`)],
    key: 'id',
  },
  {
    table: 'readings',
    about: 'a UUID, doubles, a numeric of any size',
    rows: 1_000_000,
    columns: [
      'md5(n::text)::uuid AS id',
      'n % 500 AS sensor',
      `timestamptz '2026-01-01Z' + n * interval '1 s' AS at`,
      `sin(n) AS value`,
      'cos(n)::float4 AS low',
      'n % 3 = 0 AS ok',
      '(abs(sin(n + 1)) * 1e6)::numeric AS exact',
      `((n * 7.25) % 100000)::numeric(24,6) AS amount`,
      `CASE WHEN n % 10 = 0 THEN 'note ' || n END AS note`,
    ],
    key: 'id',
  },
  {
    table: 'nested',
    about: 'arrays of texts and numbers, an interval, a range',
    rows: 300_000,
    columns: [
      'n AS id',
      `ARRAY['tag ' || n % 10, NULL, 'b' || n % 100] AS tags`,
      'ARRAY[n, n + 1, n * 0.5, n / 3.0]::float8[] AS vector',
      `make_interval(days => n % 30, hours => n % 24, secs => n % 60 + 0.25) AS pause`,
      `tstzrange(timestamptz '2026-01-01Z' + n * interval '1 s', timestamptz '2026-01-02Z' + n * interval '1 s') AS during`,
    ],
    key: 'id',
  },
  {
    table: 'keyless',
    about: 'no key, in no order',
    rows: 500_000,
    columns: range(8, (at) => `md5((n * ${at + 1})::text) AS c${at}`),
  },
];

async function create(client: pg.Client, { table, rows, columns, key }: Shape): Promise<number> {
  const scaled = Math.round(rows * scale);
  await client.query(`CREATE TABLE ${table} AS SELECT ${columns.join(', ')} FROM generate_series(1, ${scaled}) AS n`);
  if (key) await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (${key})`);
  await client.query(`VACUUM ANALYZE ${table}`);
  return scaled;
}

await withDatabase(({ url, client, pid }) =>
  withFolder(async (folder) => {
    const results: { table: string; about: string; rows: number; tools: Measured[] }[] = [];
    const place = { url: url.replace(/^postgres:/, 'postgresql:'), folder, build: false };
    const { found, missing } = await openAlternatives(place, (id) => TOOLS.includes(id));
    for (const { name, why } of missing) process.stderr.write(`missing: ${name}: ${why}\n`);
    for (const shape of SHAPES) {
      const rows = await create(client, shape);
      const { table, about } = shape;
      const options = {
        rounds: ROUNDS,
        folder: path.join(folder, 'out'),
        ...(pid === undefined ? {} : { serverPid: pid }),
      };
      const tools = await compareTools(found, { schema: 'public', table, rows }, options, () => undefined);
      results.push({ table, about, rows, tools });
      process.stdout.write(`${about}, ${rows} rows\n`);
      for (const { name, cost, ratio, failed } of tools) {
        const told = failed
          ? `failed: ${failed}`
          : `${short(ratio)} ×  ${short(cost.seconds)} s  ${cost.peakMiB.toFixed(0)} MiB`;
        process.stdout.write(`  ${name.padEnd(28)} ${told}\n`);
      }
      await client.query(`DROP TABLE ${table}`);
    }
    const command = `node bench/shapes.ts${scale === 1 ? '' : ` ${scale}`}`;
    await writeResult(
      'shapes',
      { date: today(), command, machine: await describeMachine(client), rounds: ROUNDS, results },
      save,
    );
  }),
);
