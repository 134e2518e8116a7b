import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cost, type Ended, type RunOptions, runMeasured } from './processes.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The built CLI: `npm run build` first. */
export const RUN = path.join(ROOT, 'bin/run.js');
/** The DVC that the tests install, or SNAPKEEP_TEST_DVC. */
const DVC = process.env.SNAPKEEP_TEST_DVC ?? path.join(ROOT, '.tmp/dvc/.venv/bin/dvc');

/** What a project with git and DVC needs: both found, nobody's own settings. */
export const VERSIONING_ENV: Readonly<Record<string, string>> = {
  PATH: [path.dirname(process.execPath), path.dirname(DVC), process.env.PATH].join(path.delimiter),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** Runs `snapkeep …`, which reads from `url`. */
export function snapkeep(url: string, cwd: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return runMeasured(process.execPath, [RUN, ...args], { ...options, cwd, env: { DATABASE_URL: url, ...options.env } });
}

/** What `snapkeep export TABLE` in one lane costs, without a version. */
export async function exportCost(url: string, cwd: string, table: string, lane: string): Promise<Cost> {
  const args = ['export', table, '--no-version', '--quiet', '--lane', lane];
  const { stdout: _, ...cost } = await snapkeep(url, cwd, args);
  return cost;
}

/** The `data` of a command's `--json`. */
export function dataOf<Data>(stdout: string): Data {
  return (JSON.parse(stdout) as { data: Data }).data;
}

/** A folder for as long as the work takes, or until the process is ended. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'snapkeep-bench-')));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    await rm(folder, { recursive: true, force: true });
  }
}
