// Prints how much memory an export and its child processes hold resident at most, for growing tables whose rows lie in the
// order of their key and for such as don't, in both lanes: node test/bench/memory.ts [rows …]
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { spawnServer } from '../support/postgres-server.ts';

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const DEFAULT_SIZES = [500_000, 2_000_000];
const LANES = ['fast', 'row'];
/** SQL of the key of the n-th row. */
const KEYS = { ordered: 'n', shuffled: 'md5(n::text)' };

interface Memory {
  readonly nowMiB: number;
  readonly peakMiB: number;
}

async function memoryOf(pid: number | string): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const mib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024;
  return { nowMiB: mib('VmRSS'), peakMiB: mib('VmHWM') };
}

async function childrenMiB(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const memory = await Promise.all(children.split(' ').filter(Boolean).map(memoryOf));
  return memory.reduce((sum, { nowMiB }) => sum + nowMiB, 0);
}

/** Seconds, and the larger of the kernel's own high-water mark (VmHWM) and of what was seen together with the children. */
async function measure(
  cwd: string,
  url: string,
  table: string,
  lane: string,
): Promise<{ seconds: number; peakMiB: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [RUN, 'export', table, '--no-version', '--quiet', '--lane', lane], {
    cwd,
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakMiB = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const [own, children] = await Promise.all([memoryOf(child.pid ?? 0), childrenMiB(child.pid ?? 0)]);
    peakMiB = Math.max(peakMiB, own.peakMiB, own.nowMiB + children);
    await sleep(20);
  }
  if (child.exitCode !== 0) throw new Error(`the export of ${table} ended with ${child.exitCode ?? child.signalCode}`);
  return { seconds: (performance.now() - started) / 1000, peakMiB };
}

const sizes = process.argv.slice(2).map(Number);
const server = await spawnServer();
const folder = await mkdtemp(path.join(tmpdir(), 'snapkeep-memory-'));
try {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const rows of sizes.length > 0 ? sizes : DEFAULT_SIZES) {
    for (const [order, key] of Object.entries(KEYS)) {
      const table = `${order}_${rows}`;
      await client.query(`CREATE TABLE ${table} AS
        SELECT ${key} AS id, md5(n::text) AS hash, n * 0.5::float8 AS half, timestamptz '2026-01-01Z' + n * interval '1 s' AS at,
          jsonb_build_object('action', 'flip', 'duration_ms', n % 20000, 'tags', jsonb_build_array('a', n % 100)) AS data
        FROM generate_series(1, ${rows}) AS n`);
      await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
      for (const lane of LANES) {
        const { seconds, peakMiB } = await measure(folder, server.url, table, lane);
        const name = `${rows.toLocaleString('en').padStart(12)} rows ${order.padEnd(8)} ${lane.padEnd(4)}`;
        process.stdout.write(`${name} ${peakMiB.toFixed(0).padStart(5)} MiB  ${seconds.toFixed(1).padStart(6)} s\n`);
      }
      await client.query(`DROP TABLE ${table}`);
    }
  }
  await client.end();
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}
