// What a long history costs, by the real CLI: node bench/versions.ts [versions …] [native] [--save]: with
// DVC's writer or snapkeep's own. The first version is a real export with
// DVC and git; the others repeat its bytes under ids of their own, each a commit and a tag as an export makes them.
import { spawn } from 'node:child_process';
import { link, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '@snapkeep/sdk';
import { execa } from 'execa';
import { datasetLayout, snapshotId, tagOf } from '../src/store/layout.ts';
import { manifestText, readManifest } from '../src/store/manifest-file.ts';
import { readVersions, type VersionLine, withVersion } from '../src/store/versions-file.ts';
import { snapkeep, VERSIONING_ENV, withFolder } from './support/cli.ts';
import { withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import type { Cost } from './support/processes.ts';
import { today, writeResult } from './support/results.ts';

const ROUNDS = 5;
const { sizes, words, save } = benchFlags(10, 2000);
const writer = words.includes('native') ? 'native' : 'dvc';
const env = VERSIONING_ENV;

type Run = (root: string, ...args: string[]) => Promise<Cost>;

/** A project with so many versions of 1,000 rows. */
async function projectWith(versions: number, root: string, run: Run): Promise<void> {
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
    env: { ...process.env, ...env },
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
  if (versions > 1) await execa('git', ['reset', '--quiet', '--hard', 'bench'], { cwd: root, env });
}

/** The least of several runs, by the clock and of the processors: what else the machine does only adds. */
async function least(work: () => Promise<Cost>): Promise<Cost> {
  let [seconds, cpuSeconds, peakMiB] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const cost = await work();
    seconds = Math.min(seconds, cost.seconds);
    cpuSeconds = Math.min(cpuSeconds, cost.cpuSeconds);
    peakMiB = Math.max(peakMiB, cost.peakMiB);
  }
  return { seconds, cpuSeconds, peakMiB };
}

await withDatabase(({ url, client }) =>
  withFolder(async (folder) => {
    const run: Run = (root, ...args) => snapkeep(url, root, args, { env });
    const results: { versions: number; inHead: number; command: string; cost: Cost }[] = [];
    const measure = async (versions: number, inHead: number, root: string): Promise<void> => {
      const commands: Readonly<Record<string, () => Promise<Cost>>> = {
        'list --json': () => run(root, 'version', 'list', 'orders', '--json'),
        list: () => run(root, 'version', 'list', 'orders'),
        show: () => run(root, 'version', 'show', 'orders', 'v2'),
        export: async () => {
          await client.query('UPDATE orders SET amount = amount + 1 WHERE id = 1');
          return run(root, 'export', 'orders', '--quiet');
        },
      };
      const told: string[] = [];
      for (const [command, work] of Object.entries(commands)) {
        const cost = await least(work);
        results.push({ versions, inHead, command, cost });
        told.push(`${command} ${cost.seconds.toFixed(2)} s (CPU ${cost.cpuSeconds.toFixed(2)})`);
      }
      process.stdout.write(`${`${versions} versions, ${inHead} of them in HEAD`.padEnd(36)} ${told.join('  ')}\n`);
    };

    await client.query(
      'CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, amount numeric(10,2) NOT NULL)',
    );
    await client.query(`INSERT INTO orders SELECT n, 'customer ' || n % 7, n FROM generate_series(1, 1000) AS n`);
    for (const versions of sizes) {
      const root = path.join(folder, String(versions));
      await projectWith(versions, root, run);
      await measure(versions, versions, root);
    }
    const most = Math.max(...sizes);
    const root = path.join(folder, String(most));
    const gc = await run(root, 'version', 'gc', 'orders', '--keep-last', '10', '--quiet');
    process.stdout.write(`gc --keep-last 10 of ${most}: ${gc.seconds.toFixed(1)} s\n`);
    await measure(most, 10, root);
    const command = `node bench/versions.ts ${sizes.join(' ')}${writer === 'native' ? ' native' : ''}`;
    const result = { date: today(), command, machine: await describeMachine(client) };
    await writeResult(`versions-${writer}`, { ...result, rounds: ROUNDS, gc, results }, save);
  }),
);
