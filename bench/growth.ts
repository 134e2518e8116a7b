// What a row costs in tables of ten thousand to ten million rows, and in tables of 5 to 500 columns, in both lanes, beside
// the raw COPY of the same table: node bench/growth.ts [rows …] [--save]
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import type { Grown } from './page/results.ts';
import { exportCost, withFolder } from './support/cli.ts';
import { createEvents, withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { count } from './support/markdown.ts';
import { rawCopy } from './support/raw-copy.ts';
import { today, writeResult } from './support/results.ts';
import { inTurn, medianCost } from './support/rounds.ts';

const COLUMNS = [5, 20, 100, 250, 500];
/** Of every table of the second part. */
const CELLS = 5_000_000;
/** Larger tables differ less from run to run, and take longer. */
const roundsOf = (rows: number) => (rows <= 100_000 ? 5 : rows <= 1_000_000 ? 3 : 1);
const { sizes, save } = benchFlags(10_000, 100_000, 1_000_000, 10_000_000);

/** Events again and again under other ids, until there are enough; as long and as many-valued as those of the demo. */
async function growEvents(client: pg.Client, rows: number, table: string, made: number): Promise<void> {
  const columns = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = '"BehavioralEvent"'::regclass AND attnum > 1`,
  );
  const others = columns.rows.map(({ name }) => name).join(', ');
  await client.query(`CREATE TABLE ${table} AS
    SELECT overlay(id placing lpad(to_hex(copy), 4, '0') from 22) AS id, ${others}
    FROM generate_series(1, ${Math.ceil(rows / made)}) AS copy, "BehavioralEvent" LIMIT ${rows}`);
  await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
  await client.query(`VACUUM ANALYZE ${table}`);
}

/** Integers, texts, doubles, numerics and times in turn. */
async function makeWide(client: pg.Client, columns: number, rows: number, table: string): Promise<void> {
  const kinds = [
    (at: number) => `(n * ${at + 7}) % 1000003`,
    (at: number) => `left(md5((n + ${at})::text), 12)`,
    (at: number) => `n * 0.25::float8 + ${at}`,
    (at: number) => `((n * ${at + 3}) % 100000 / 100.0)::numeric(12,2)`,
    (at: number) => `timestamptz '2026-01-01Z' + (n + ${at}) * interval '1 s'`,
  ];
  const made = Array.from({ length: columns - 1 }, (_, at) => `${kinds[at % kinds.length]?.(at)} AS c${at}`);
  await client.query(
    `CREATE TABLE ${table} AS SELECT n AS id, ${made.join(', ')} FROM generate_series(1, ${rows}) AS n`,
  );
  await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
  await client.query(`VACUUM ANALYZE ${table}`);
}

await withDatabase(({ url, client }) =>
  withFolder(async (folder) => {
    await writeFile(path.join(folder, 'snapkeep.config.json'), '{"datasets": {}}');
    const measure = async (rows: number, columns: number, table: string): Promise<Grown> => {
      const lane = (name: string) => () => exportCost(url, folder, table, name);
      const ways = { raw: () => rawCopy(url, table), fast: lane('fast'), row: lane('row') };
      const costs = await inTurn(ways, roundsOf((rows * columns) / 15));
      const [raw, fast, row] = [medianCost(costs.raw), medianCost(costs.fast), medianCost(costs.row)];
      const told = Object.entries({ raw, fast, row }).map(
        ([name, { seconds, cpuSeconds, peakMiB }]) =>
          `${name} ${seconds.toFixed(2)} s (CPU ${cpuSeconds.toFixed(2)}, ${((seconds / rows) * 1e6).toFixed(2)} µs a row, ${peakMiB.toFixed(0)} MiB)`,
      );
      process.stdout.write(
        `${count(rows).padStart(10)} rows, ${String(columns).padStart(3)} columns  ${told.join('  ')}\n`,
      );
      await client.query(`DROP TABLE ${table}`);
      return { rows, columns, raw, fast, row };
    };

    const made = Math.min(1_000_000, Math.max(...sizes));
    await createEvents(client, made);
    const byRows: Grown[] = [];
    for (const rows of sizes) {
      await growEvents(client, rows, `events_${rows}`, made);
      byRows.push(await measure(rows, 15, `events_${rows}`));
    }
    const byColumns: Grown[] = [];
    const cells = Math.min(CELLS, Math.max(...sizes) * 5);
    for (const columns of COLUMNS) {
      const rows = Math.round(cells / columns);
      await makeWide(client, columns, rows, `wide_${columns}`);
      byColumns.push(await measure(rows, columns, `wide_${columns}`));
    }
    const command = `node bench/growth.ts ${sizes.join(' ')}`;
    await writeResult(
      'growth',
      { date: today(), command, machine: await describeMachine(client), byRows, byColumns },
      save,
    );
  }),
);
