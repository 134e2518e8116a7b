// Time and memory of version diff, by the real CLI on versions of a real export: node test/bench/diff.ts [rows]
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createBehavioralEvents, insertBehavioralEvents } from '../support/behavioral-events.ts';
import { spawnServer } from '../support/postgres-server.ts';

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const rows = Number(process.argv[2] ?? 1_000_000);
const server = await spawnServer();
const folder = await mkdtemp(path.join(tmpdir(), 'snapkeep-diff-bench-'));
/** Seconds of user and system time, from /proc/<pid>/stat, in the kernel's ticks of 10 ms. */
const cpuSeconds = (stat: string) => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
};

/** Runs the CLI in the folder and prints what it took. */
async function measure(label: string, ...args: string[]): Promise<void> {
  const started = performance.now();
  const child = spawn(process.execPath, [RUN, ...args, '--quiet'], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: server.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let peakMiB = 0;
  let cpu = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const [status, stat] = await Promise.all(
      ['status', 'stat'].map((file) => readFile(`/proc/${child.pid}/${file}`, 'utf8').catch(() => '')),
    );
    peakMiB = Math.max(peakMiB, Number(/VmHWM:\s+(\d+) kB/.exec(status ?? '')?.[1] ?? 0) / 1024);
    if (stat) cpu = cpuSeconds(stat);
    await sleep(20);
  }
  if (child.exitCode !== 0) throw new Error(`${label} ended with ${child.exitCode ?? child.signalCode}`);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${label.padEnd(34)} ${seconds.toFixed(1).padStart(6)} s  ${cpu.toFixed(1).padStart(6)} s of CPU  ${peakMiB.toFixed(0).padStart(5)} MiB\n`,
  );
}

try {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const statement of createBehavioralEvents()) await client.query(statement);
  await client.query(insertBehavioralEvents({ rows, baseTime: '2026-01-31T00:00:00Z' }));
  await client.query('CREATE VIEW keyless AS SELECT * FROM "BehavioralEvent"');
  await writeFile(
    path.join(folder, 'snapkeep.config.json'),
    JSON.stringify({
      capabilities: { versionStore: [] },
      datasets: { events: { table: 'BehavioralEvent' }, keyless: { table: 'keyless' } },
    }),
  );
  const exportBoth = async () => {
    await measure('export', 'export', 'events', '--no-validate');
    await measure('export of a view', 'export', 'keyless', '--no-validate');
  };
  await exportBoth();
  await client.query('DELETE FROM "BehavioralEvent" WHERE abs(hashtext(id)) % 500 = 7');
  await client.query('UPDATE "BehavioralEvent" SET "timeOfDay" = 23 - "timeOfDay" WHERE abs(hashtext(id)) % 100 = 8');
  await exportBoth();
  await client.query(
    `UPDATE "BehavioralEvent" SET "randomizationSeed" = coalesce("randomizationSeed", 0) + 1, "contentType" = 'x'`,
  );
  await exportBoth();
  const by = (dataset: string) => ['version', 'diff', dataset];
  await measure('by key, 1 % changed', ...by('events'), 'v1', 'v2');
  await measure('by key, 1 % changed, --rows 10 -o', ...by('events'), 'v1', 'v2', '--rows', '10', '-o', 'some.parquet');
  await measure('by key, all changed', ...by('events'), 'v2', 'v3');
  await measure('by key, all changed, -o', ...by('events'), 'v2', 'v3', '-o', 'all.parquet');
  await measure('whole rows, 1 % changed', ...by('keyless'), 'v1', 'v2');
  await measure('whole rows, all changed, -o', ...by('keyless'), 'v2', 'v3', '-o', 'keyless.parquet');
  await measure('the same version', ...by('events'), 'v2', 'v2');
  await client.end();
} finally {
  await rm(folder, { recursive: true, force: true });
  await server.stop();
}
