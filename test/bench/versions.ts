// What a long history costs, by the real CLI: node test/bench/versions.ts [versions] [native]: with
// DVC's writer or snapkeep's own. The first version is a real export with
// DVC and git; the others repeat its bytes under ids of their own, each a commit and a tag as an export makes them.
import { spawn } from 'node:child_process';
import { link, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '@snapkeep/sdk';
import { execa } from 'execa';
import pg from 'pg';
import { datasetLayout, snapshotId, tagOf } from '../../src/store/layout.ts';
import { manifestText, readManifest } from '../../src/store/manifest-file.ts';
import { readVersions, type VersionLine, withVersion } from '../../src/store/versions-file.ts';
import { spawnServer } from '../support/postgres-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN = path.join(ROOT, 'bin/run.js');
const many = Number(process.argv[2] ?? 2000);
const writer = process.argv[3] === 'native' ? 'native' : 'dvc';
const REPEATS = 5;
const server = await spawnServer();
const folder = await mkdtemp(path.join(tmpdir(), 'snapkeep-versions-bench-'));
const dvc = process.env.SNAPKEEP_TEST_DVC ?? path.join(ROOT, '.tmp/dvc/.venv/bin/dvc');
const env = {
  ...process.env,
  PATH: [path.dirname(process.execPath), path.dirname(dvc), process.env.PATH].join(path.delimiter),
  DATABASE_URL: server.url,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};
const client = new pg.Client({ connectionString: server.url });

const run = async (root: string, ...args: string[]) =>
  (await execa(process.execPath, [RUN, ...args], { cwd: root, env, extendEnv: false })).stdout;

/** A project with so many versions of 1,000 rows. */
async function projectWith(versions: number): Promise<string> {
  const root = path.join(folder, String(versions));
  await mkdir(root);
  await run(root, 'init', '--yes', '--dvc-writer', writer);
  await run(root, 'export', 'orders', '--quiet');
  const layout = datasetLayout(root, 'data', 'orders');
  const [first] = await readVersions(layout);
  if (!first) throw new Error('no version was made');
  const manifest = await readManifest(layout, first.snapshot);
  const pointer = await readFile(layout.absolute(layout.pointer(first.snapshot)), 'utf8');
  const importer = spawn('git', ['fast-import', '--quiet', '--force'], {
    cwd: root,
    env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const say = async (text: string) => {
    if (!importer.stdin.write(text)) await new Promise((resolve) => importer.stdin.once('drain', resolve));
  };
  const file = (mode: string, name: string, text: string) =>
    `M ${mode} inline ${name}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  let lines: readonly VersionLine[] = [first];
  for (let version = 2; version <= versions; version += 1) {
    const created = new Date(Date.parse(first.created) - (versions - version + 1) * 60_000);
    const snapshot = snapshotId(created, manifest.contentHash);
    const line: VersionLine = {
      version,
      snapshot,
      kind: 'export',
      created: created.toISOString(),
      message: first.message,
    };
    const own: Manifest = { ...manifest, snapshot, createdAt: line.created };
    const register = withVersion(lines, line);
    lines = [...lines, line];
    await mkdir(layout.absolute(layout.snapshot(snapshot)));
    for (const { path: name } of manifest.files) {
      const [from, to] = [first.snapshot, snapshot].map((id) => path.join(layout.absolute(layout.snapshot(id)), name));
      await link(from ?? '', to ?? '');
    }
    const message = `orders v${version}: ${line.message}\n\nSnapshot-Tx: bench-${version}\n`;
    const who = `Ada <ada@example.org> ${Math.floor(created.getTime() / 1000)} +0000`;
    await say(
      [
        `commit refs/heads/bench\nmark :${version}\ncommitter ${who}\ndata ${Buffer.byteLength(message)}\n${message}`,
        version === 2 ? 'from refs/heads/master^0\n' : '',
        file('100644', layout.manifest(snapshot), manifestText(own)),
        file('100644', layout.pointer(snapshot), pointer.replaceAll(first.snapshot, snapshot)),
        file('100644', layout.versions, register),
        file('120000', layout.latest, snapshot),
        `tag ${tagOf('orders', version)}\nfrom :${version}\ntagger ${who}\ndata ${Buffer.byteLength(line.message)}\n${line.message}\n`,
      ].join(''),
    );
  }
  importer.stdin.end();
  const code = await new Promise((resolve) => importer.once('close', resolve));
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  if (versions > 1) await execa('git', ['reset', '--quiet', '--hard', 'bench'], { cwd: root, env, extendEnv: false });
  return root;
}

/** Seconds of processor time of all children that have ended, theirs too: /proc/self/stat, in ticks of 10 ms. */
async function cpuOfChildren(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / 100;
}

/** The least of several runs, by the clock and of the processors: what else the machine does only adds. */
async function seconds(work: () => Promise<unknown>): Promise<string> {
  let wall = Number.POSITIVE_INFINITY;
  let cpu = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const [started, before] = [performance.now(), await cpuOfChildren()];
    await work();
    wall = Math.min(wall, (performance.now() - started) / 1000);
    cpu = Math.min(cpu, (await cpuOfChildren()) - before);
  }
  return `${wall.toFixed(2)} s (CPU ${cpu.toFixed(2)})`;
}

async function measure(label: string, root: string): Promise<void> {
  const list = await seconds(() => run(root, 'version', 'list', 'orders', '--json'));
  const table = await seconds(() => run(root, 'version', 'list', 'orders'));
  const show = await seconds(() => run(root, 'version', 'show', 'orders', 'v2'));
  const exported = await seconds(async () => {
    await client.query('UPDATE orders SET amount = amount + 1 WHERE id = 1');
    await run(root, 'export', 'orders', '--quiet');
  });
  process.stdout.write(`${label.padEnd(34)} list --json ${list}  list ${table}  show ${show}  export ${exported}\n`);
}

try {
  await client.connect();
  await client.query('CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, amount numeric(10,2) NOT NULL)');
  await client.query(`INSERT INTO orders SELECT n, 'customer ' || n % 7, n FROM generate_series(1, 1000) AS n`);
  await measure('10 versions', await projectWith(10));
  const root = await projectWith(many);
  await measure(`${many} versions, all in HEAD`, root);
  const started = performance.now();
  await run(root, 'version', 'gc', 'orders', '--keep-last', '10', '--quiet');
  process.stdout.write(`gc --keep-last 10: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  await measure(`${many} versions, 10 of them in HEAD`, root);
} finally {
  await client.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
