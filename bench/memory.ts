// How much memory an export and its child processes hold resident at most, for growing tables whose rows lie in the order
// of their key and for such as don't, in both lanes: node bench/memory.ts [rows …] [--save]
import type { Memory } from './page/results.ts';
import { exportCost, withFolder } from './support/cli.ts';
import { withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { today, writeResult } from './support/results.ts';

const LANES = ['fast', 'row'];
/** SQL of the key of the n-th row. */
const KEYS = { ordered: 'n', shuffled: 'md5(n::text)' };
const { sizes, save } = benchFlags(500_000, 2_000_000);

await withDatabase(({ url, client }) =>
  withFolder(async (folder) => {
    const results: Memory['results'][number][] = [];
    for (const rows of sizes) {
      for (const [order, key] of Object.entries(KEYS)) {
        const table = `${order}_${rows}`;
        await client.query(`CREATE TABLE ${table} AS
          SELECT ${key} AS id, md5(n::text) AS hash, n * 0.5::float8 AS half, timestamptz '2026-01-01Z' + n * interval '1 s' AS at,
            jsonb_build_object('action', 'flip', 'duration_ms', n % 20000, 'tags', jsonb_build_array('a', n % 100)) AS data
          FROM generate_series(1, ${rows}) AS n`);
        await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
        for (const lane of LANES) {
          const cost = await exportCost(url, folder, table, lane);
          results.push({ rows, order, lane, ...cost });
          const name = `${rows.toLocaleString('en').padStart(12)} rows ${order.padEnd(8)} ${lane.padEnd(4)}`;
          const { peakMiB, seconds, cpuSeconds } = cost;
          process.stdout.write(
            `${name} ${peakMiB.toFixed(0).padStart(5)} MiB  ${seconds.toFixed(1).padStart(6)} s  CPU ${cpuSeconds.toFixed(1).padStart(6)} s\n`,
          );
        }
        await client.query(`DROP TABLE ${table}`);
      }
    }
    const command = `node bench/memory.ts ${sizes.join(' ')}`;
    await writeResult('memory', { date: today(), command, machine: await describeMachine(client), results }, save);
  }),
);
