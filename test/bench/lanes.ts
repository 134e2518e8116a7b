// The two lanes beside the raw COPY of the same table, in one run: node test/bench/lanes.ts [rows]
// Whole snapshots without a version: read, validated, sorted, with statistics and SHA-256, published. Prints the ratios and
// each phase's share. The raw COPY is what psql's \copy does: CSV bytes that nobody looks at.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import pg from 'pg';
import { createBehavioralEvents, insertBehavioralEvents } from '../support/behavioral-events.ts';
import { spawnServer } from '../support/postgres-server.ts';

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const REPEATS = 3;
const rows = Number(process.argv[2] ?? 1_000_000);
const server = await spawnServer();
const folder = await mkdtemp(path.join(tmpdir(), 'snapkeep-lanes-bench-'));

/** Discards every row as it comes; nothing but the protocol's own parsing is done. */
async function rawCopy(): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await new Promise<void>((resolve, reject) => {
    const statement = {
      submit: (connection: pg.Connection) => connection.query('COPY "BehavioralEvent" TO STDOUT (FORMAT csv)'),
      handleCopyData: () => undefined,
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    };
    client.query(statement as unknown as pg.Submittable);
  });
  await client.end();
}

const phases = new Map<string, Readonly<Record<string, number>>>();

async function snapkeep(lane: string, ...more: readonly string[]): Promise<void> {
  const args = ['export', 'BehavioralEvent', '--no-version', '--lane', lane, '--json', ...more];
  const { stdout } = await execa(process.execPath, [RUN, ...args], {
    cwd: folder,
    env: { DATABASE_URL: server.url },
  });
  phases.set(lane, JSON.parse(stdout).data.phases);
}

const WAYS: Readonly<Record<string, () => Promise<void>>> = {
  'raw COPY': rawCopy,
  'fast lane': () => snapkeep('fast'),
  'row lane': () => snapkeep('row'),
};

try {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const statement of createBehavioralEvents()) await client.query(statement);
  await client.query(insertBehavioralEvents({ rows, baseTime: '2026-01-31T00:00:00Z' }));
  await client.query('VACUUM ANALYZE');
  await client.end();
  const seconds = new Map<string, number[]>();
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    for (const [name, way] of Object.entries(WAYS)) {
      const started = performance.now();
      await way();
      seconds.set(name, [...(seconds.get(name) ?? []), (performance.now() - started) / 1000]);
    }
  }
  const median = (name: string) => seconds.get(name)?.toSorted((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0;
  const raw = median('raw COPY');
  for (const name of Object.keys(WAYS)) {
    const ratio = median(name) / raw;
    process.stdout.write(`${name.padEnd(12)} ${median(name).toFixed(2)} s  ${ratio.toFixed(2)} × raw COPY\n`);
  }
  for (const [lane, all] of phases) {
    const shares = Object.entries(all).map(([phase, ms]) => `${phase} ${(ms / 1000 / raw).toFixed(2)}`);
    process.stdout.write(`${lane} lane, in raw COPYs: ${shares.join(', ')}\n`);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
