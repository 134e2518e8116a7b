import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { REPOSITORY } from './support/cli.ts';
import { orders } from './support/events.ts';
import { duckdb } from './support/parquet.ts';
import { start } from './support/process.ts';
import { createProject, type Project } from './support/project.ts';
import { stateOf } from './support/state.ts';

const RUN = path.join(REPOSITORY, 'bin', 'run.js');
/** So many of the calls that write to the file are each the last one. */
const POINTS = 8;
const WRITES = 'pwrite64,write,fsync,fdatasync,ftruncate,unlink,rename';

const hasStrace = !(await execa('strace', ['-o', '/dev/null', 'true'], { reject: false })).failed;

/** v1 with 200 rows is in the DuckDB file, v2 with 150 is not. */
async function syncedProject(): Promise<{ project: Project; file: string }> {
  const datasets = { orders: { table: 'orders', sync: [{ target: 'duckdb', to: 'a.duckdb', mode: 'table' }] } };
  const project = await createProject({ sql: orders(200), datasets });
  await project.data('export', 'orders', '--sync');
  await project.database.run('DELETE FROM orders WHERE order_id > 150');
  await project.data('export', 'orders');
  return { project, file: path.join(project.root, 'a.duckdb') };
}

async function heldBy(file: string): Promise<unknown> {
  // In a copy: to open it is to replay its log.
  const copy = `${file}.seen`;
  for (const end of ['', '.wal']) {
    await rm(`${copy}${end}`, { force: true });
    await cp(`${file}${end}`, `${copy}${end}`).catch(() => undefined);
  }
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(copy);
  const connection = await instance.connect();
  try {
    const sql =
      'SELECT (SELECT count(*)::int FROM research.orders) AS rows, (SELECT max(version)::int FROM snapkeep.datasets) AS version';
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()[0];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

test.skipIf(!hasStrace)(
  'killed at any write to the DuckDB file, its COMMIT too: it holds the old version or the new one, whole',
  { timeout: 600_000 },
  async () => {
    const { project, file } = await syncedProject();
    const kept = path.join(project.folder, 'kept.duckdb');
    await cp(file, kept);
    const trace = path.join(project.folder, 'trace');
    const traced = (...inject: string[]) => {
      const strace = ['-f', '-qq', '-o', trace, '-P', file, '-P', `${file}.wal`, '-e', `trace=${WRITES}`, ...inject];
      const args = [...strace, '--', process.execPath, RUN, 'sync', 'orders'];
      return start('strace', args, { cwd: project.root, env: project.env }).finished;
    };
    expect((await traced()).exitCode).toBe(0);
    const calls = (await readFile(trace, 'utf8')).split('\n').filter((line) => /^\d+ +\w+\(/.test(line));
    expect(calls.length).toBeGreaterThan(4);
    const seen = new Set<string>();
    for (let point = 0; point < POINTS; point += 1) {
      const at = 1 + Math.round((point * (calls.length - 1)) / (POINTS - 1));
      await rm(`${file}.wal`, { force: true });
      await cp(kept, file);
      await traced('-e', `inject=${WRITES}:signal=SIGKILL:when=${at}`);
      const held = await heldBy(file);
      seen.add(JSON.stringify(held));
      expect(
        [
          { rows: 200, version: 1 },
          { rows: 150, version: 2 },
        ],
        calls[at - 1],
      ).toContainEqual(held);
      await project.data('sync', 'orders');
      expect(await heldBy(file), calls[at - 1]).toEqual({ rows: 150, version: 2 });
    }
    expect(seen.size, 'both were met').toBe(2);
  },
);

test('a DuckDB file that another process has open: 13 and by whom, and all as before', async () => {
  const { project, file } = await syncedProject();
  const script = `const { DuckDBInstance } = await import('@duckdb/node-api');
    await DuckDBInstance.create(${JSON.stringify(file)});
    process.stdout.write('open');
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: REPOSITORY });
  try {
    await once(holder.stdout, 'data');
    const before = await stateOf(project);
    const failure = await project.failure('sync', 'orders');
    expect(failure).toMatchObject({ code: 'SNAPKEEP_SYNC_BUSY', exitCode: 13 });
    expect(failure.message).toContain(String(holder.pid));
    expect(await stateOf(project)).toEqual(before);
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  await project.data('sync', 'orders');
  expect(await duckdb('SELECT count(*)::int AS n FROM research.orders', file)).toEqual([{ n: 150 }]);
});
