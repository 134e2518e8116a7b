// A rollback beside what does the same without snapkeep, git checkout and dvc checkout: node test/bench/rollback.ts [rows]
// Both in one run, on copies of one project, with the data in the work tree and without; prints the ratio.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import pg from 'pg';
import { createBehavioralEvents, insertBehavioralEvents } from '../support/behavioral-events.ts';
import { spawnServer } from '../support/postgres-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN = path.join(ROOT, 'bin/run.js');
const DVC = process.env.SNAPKEEP_TEST_DVC ?? path.join(ROOT, '.tmp/dvc/.venv/bin/dvc');
const REPEATS = 5;
const rows = Number(process.argv[2] ?? 1_000_000);
const server = await spawnServer();
const folder = await mkdtemp(path.join(tmpdir(), 'snapkeep-rollback-bench-'));
const project = path.join(folder, 'project');
const env = {
  ...process.env,
  PATH: [path.dirname(process.execPath), path.dirname(DVC), process.env.PATH].join(path.delimiter),
  DATABASE_URL: server.url,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};
const call = (cwd: string, program: string, ...args: string[]) => execa(program, args, { cwd, env, extendEnv: false });
const snapkeep = (cwd: string, ...args: string[]) => call(cwd, process.execPath, RUN, ...args, '--quiet');

const WAYS = {
  'snapkeep version rollback': (cwd: string) => snapkeep(cwd, 'version', 'rollback', 'events', 'v1'),
  'git checkout, dvc checkout': async (cwd: string) => {
    await call(cwd, 'git', 'checkout', '--quiet', 'events/v1');
    await call(cwd, DVC, 'checkout', '--quiet');
  },
};

/** The least seconds of several runs of each way, in turn, each on a fresh copy. */
async function compare(label: string, template: string): Promise<void> {
  const least = new Map<string, number>();
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    for (const [name, way] of Object.entries(WAYS)) {
      const copy = path.join(folder, 'copy');
      await execa('cp', ['-a', template, copy]);
      const started = performance.now();
      await way(copy);
      least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, (performance.now() - started) / 1000));
      await rm(copy, { recursive: true });
    }
  }
  const [ours = 0, theirs = 0] = Object.keys(WAYS).map((name) => least.get(name) ?? 0);
  process.stdout.write(
    `${label.padEnd(28)} snapkeep ${ours.toFixed(2)} s  git and DVC ${theirs.toFixed(2)} s  ratio ${(ours / theirs).toFixed(2)}\n`,
  );
}

try {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  for (const statement of createBehavioralEvents()) await client.query(statement);
  await client.query(insertBehavioralEvents({ rows, baseTime: '2026-01-31T00:00:00Z' }));
  await execa('mkdir', [project]);
  await snapkeep(project, 'init', '--yes', '--table', 'BehavioralEvent');
  await execa('sed', ['-i', 's/^  behavioral_event:/  events:/', 'snapkeep.config.yaml'], { cwd: project });
  await snapkeep(project, 'export', 'BehavioralEvent', '--as', 'events', '--no-validate');
  await client.query('UPDATE "BehavioralEvent" SET "timeOfDay" = 23 - "timeOfDay" WHERE abs(hashtext(id)) % 100 = 8');
  await snapkeep(project, 'export', 'BehavioralEvent', '--as', 'events', '--no-validate');
  await client.end();
  await compare('data in the work tree', project);
  const [first = ''] = (await call(project, 'sh', '-c', 'ls -d data/events/[0-9]*Z-*/')).stdout.split('\n');
  await rm(path.join(project, first), { recursive: true });
  await compare('data in the cache only', project);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
