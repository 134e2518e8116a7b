// What a daily version adds where some rows changed, the dataset in one file and in parts: node bench/storage.ts [rows] [targetMB] [--save]
// Bytes in DVC's cache and in its remote beside those of the files that changed; processor time of export and diff.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '@snapkeep/sdk';
import type { Storage } from './page/results.ts';
import { dataOf, snapkeep, VERSIONING_ENV, withFolder } from './support/cli.ts';
import { createEvents, withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { today, writeResult } from './support/results.ts';

const { sizes, save } = benchFlags(1_000_000, 4);
const [rows = 0, targetMB = 4] = sizes;

const TABLE = '"BehavioralEvent"';
const some = Math.round(rows / 100);
const change = `UPDATE ${TABLE} SET "timeOfDay" = 23 - "timeOfDay", "randomizationSeed" = 1 WHERE id IN`;
const copies = (from: string, id: string) =>
  `INSERT INTO ${TABLE} SELECT (jsonb_populate_record(NULL::${TABLE}, to_jsonb(e) || jsonb_build_object('id', ${id}))).* FROM (${from}) AS e`;
const newest = `SELECT id FROM ${TABLE} ORDER BY id DESC LIMIT ${some}`;
/** Keys that grow with time, as serials, CUIDs and ULIDs do. */
const append = (day: number) =>
  copies(`SELECT * FROM ${TABLE} ORDER BY id LIMIT ${some}`, `'x${day}' || lpad(row_number() OVER ()::text, 9, '0')`);

/** What happens in a day. */
const DAYS: readonly (readonly [name: string, ...statements: string[]])[] = [
  ['newest 1 % changed', `${change} (${newest})`],
  ['1 % appended', append(1)],
  ['newest 1 % changed, 1 % appended', `${change} (${newest})`, append(2)],
  ['oldest 1 % deleted', `DELETE FROM ${TABLE} WHERE id IN (SELECT id FROM ${TABLE} ORDER BY id LIMIT ${some})`],
  ['20 rows anywhere changed', `${change} (SELECT id FROM ${TABLE} ORDER BY md5(id) LIMIT 20)`],
  [
    '5 % inserted in the middle',
    copies(
      `SELECT * FROM ${TABLE} ORDER BY md5(id) LIMIT ${5 * some}`,
      `(SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM ${TABLE}) || lpad(row_number() OVER ()::text, 9, '0')`,
    ),
  ],
  ['1 % anywhere changed', `${change} (SELECT id FROM ${TABLE} ORDER BY md5(id || 'x') LIMIT ${some})`],
];

/** Bytes of all files below a folder; what has two names counts once. */
async function bytesBelow(folder: string): Promise<number> {
  const sizesByInode = new Map<number, number>();
  for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
    const stats = await stat(path.join(folder, name));
    if (stats.isFile()) sizesByInode.set(stats.ino, stats.size);
  }
  return [...sizesByInode.values()].reduce((sum, size) => sum + size, 0);
}

type Added = Storage['results'][number] & {
  /** Work tree and cache together: what the disk holds more. */
  readonly diskBytes: number;
  readonly writeMs: number;
};

await withDatabase(({ url, client }) =>
  withFolder(async (folder) => {
    const root = path.join(folder, 'project');
    const remote = path.join(folder, 'remote');
    const run = (...args: string[]) => snapkeep(url, root, args, { env: VERSIONING_ENV, stdout: 'text' });
    const table = 'BehavioralEvent';
    const datasets = { whole: { table }, parts: { table, parts: { by: 'key', targetMB } } };
    await mkdir(root);
    await writeFile(
      path.join(root, 'snapkeep.config.json'),
      JSON.stringify({ datasets, plugins: { dvc: { writer: 'native' } } }),
    );
    await createEvents(client, rows);
    await run('init', '--yes');
    await writeFile(
      path.join(root, '.dvc/config.local'),
      `[core]\n    remote = team\n['remote "team"']\n    url = ${remote}\n`,
    );
    const before = new Map<string, Manifest>();
    const results: Added[] = [];

    const addVersion = async (layout: string, day: string): Promise<void> => {
      const places = { cacheBytes: path.join(root, '.dvc/cache'), remoteBytes: remote, diskBytes: root };
      const sizesOf = async () => {
        const found = await Promise.all(Object.values(places).map(bytesBelow));
        return Object.fromEntries(Object.keys(places).map((name, index) => [name, found[index] ?? 0]));
      };
      const old = await sizesOf();
      const exported = await run('export', layout, '--no-validate', '--json');
      await run('version', 'push', layout, '--quiet');
      const now = await sizesOf();
      const { snapshot } = dataOf<{ snapshot: string }>(exported.stdout);
      const text = await readFile(path.join(root, 'data', layout, `${snapshot}.json`), 'utf8');
      const manifest = JSON.parse(text) as Manifest;
      const known = before.get(layout)?.files.map(({ sha256 }) => sha256) ?? [];
      const changed = manifest.files.filter(({ sha256 }) => !known.includes(sha256));
      const diff =
        known.length === 0 ? undefined : await run('version', 'diff', layout, 'latest~1', 'latest', '--quiet');
      before.set(layout, manifest);
      const grown = (name: keyof typeof places) => (now[name] ?? 0) - (old[name] ?? 0);
      const added: Added = {
        layout,
        day,
        files: manifest.files.length,
        changedFiles: changed.length,
        snapshotBytes: manifest.bytes,
        changedBytes: changed.reduce((sum, { bytes }) => sum + bytes, 0),
        cacheBytes: grown('cacheBytes'),
        remoteBytes: grown('remoteBytes'),
        diskBytes: grown('diskBytes'),
        exportCpuSeconds: exported.cpuSeconds,
        writeMs: manifest.phases.write ?? 0,
        diffCpuSeconds: diff?.cpuSeconds ?? 0,
      };
      results.push(added);
      const mb = (bytes: number) => `${(bytes / 1e6).toFixed(2).padStart(8)} MB`;
      process.stdout.write(
        `${day.padEnd(34)} ${layout.padEnd(6)} ${`${added.changedFiles}/${added.files}`.padStart(7)} files, changed ${mb(added.changedBytes)}, cache ${mb(added.cacheBytes)}, remote ${mb(added.remoteBytes)}, disk ${mb(added.diskBytes)}, export ${added.exportCpuSeconds.toFixed(1)} s of CPU, diff ${added.diffCpuSeconds.toFixed(1)} s\n`,
      );
    };

    for (const [day, ...statements] of [['first version'], ...DAYS]) {
      for (const statement of statements) await client.query(statement);
      for (const layout of Object.keys(datasets)) await addVersion(layout, day);
    }
    const command = `node bench/storage.ts ${rows} ${targetMB}`;
    const result = { date: today(), command, machine: await describeMachine(client) };
    await writeResult('storage', { ...result, rows, targetMB, results }, save);
  }),
);
