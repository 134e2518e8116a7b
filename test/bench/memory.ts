// Prints how much memory an export holds resident at most, for growing tables: node test/bench/memory.ts [rows …]
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

/** Seconds and the kernel's own high-water mark (VmHWM) of one export. */
async function measure(cwd: string, url: string, table: string): Promise<{ seconds: number; peakMiB: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, [RUN, 'export', table, '--no-version', '--quiet'], {
    cwd,
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakMiB = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024);
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
    const table = `rows_${rows}`;
    await client.query(`CREATE TABLE ${table} AS
      SELECT n AS id, md5(n::text) AS hash, n * 0.5::float8 AS half, timestamptz '2026-01-01Z' + n * interval '1 s' AS at
      FROM generate_series(1, ${rows}) AS n`);
    await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
    const { seconds, peakMiB } = await measure(folder, server.url, table);
    const line = `${rows.toLocaleString('en').padStart(12)} rows  ${peakMiB.toFixed(0).padStart(5)} MiB  ${seconds.toFixed(1).padStart(6)} s`;
    process.stdout.write(`${line}\n`);
  }
  await client.end();
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}
