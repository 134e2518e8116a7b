import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { inject } from 'vitest';
import { type Finished, REPOSITORY, RUN, runNode, writeFiles } from '../host/temp-cli.ts';
import { createBehavioralEvents, insertBehavioralEvents } from './behavioral-events.ts';
import { startPostgres, type TestDatabase } from './postgres.ts';

/** A user's project: a folder, a database of its own, and the real CLI. */
export interface CliProject {
  readonly root: string;
  readonly database: TestDatabase;
  /** Runs `snapkeep …` there. */
  run(...args: string[]): Promise<Finished>;
  /** Runs `snapkeep … --json` and parses the one document on stdout. */
  json(...args: string[]): Promise<Envelope>;
  git(...args: string[]): Promise<string>;
  write(files: Record<string, unknown>): Promise<void>;
  dispose(): Promise<void>;
}

/** The document of `--json`, loosely: the schemas say what it really holds. */
export interface Envelope {
  readonly ok: boolean;
  readonly command: string;
  readonly data: Record<string, never>;
  readonly error: { code: string; message: string; hint: string; exitCode: number; details: Record<string, never> };
}

export interface CliProjectOptions {
  /** Rows of `BehavioralEvent`; absent: the database is empty. */
  readonly rows?: number;
  /** Laid over {@link behavioralConfig}, key by key. */
  readonly config?: Record<string, unknown>;
  /** `false`: the folder is not in a repository. */
  readonly git?: boolean;
  readonly env?: Record<string, string>;
}

/** The configuration of the demo's dataset, with the DVC of the tests. */
export function behavioralConfig(): Record<string, unknown> {
  return {
    datasets: {
      behavioral_events: {
        table: ['BehavioralEvent', 'behavioral_events'],
        schema: path.join('schemas', 'behavioral-event.schema.json'),
        key: ['id'],
        time: 'timestamp',
        filters: { 'user-id': 'userId' },
        distributions: ['experimentPhase'],
        rules: [{ name: 'enough users', sql: 'count(distinct "userId") >= 5', severity: 'warn' }],
        sync: [{ target: 'duckdb', to: 'analytics.duckdb', mode: 'table', indexes: [['userId', 'timestamp']] }],
      },
    },
    plugins: { dvc: { command: inject('dvcCommand') } },
  };
}

/** Folder, database, git repository with one commit. DVC is not initialised: `doctor --fix` does that. */
export async function createCliProject(options: CliProjectOptions = {}): Promise<CliProject> {
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'snapkeep-project-')));
  const server = await startPostgres();
  const database = await server.createDatabase();
  const env = { DATABASE_URL: database.url, GIT_CONFIG_GLOBAL: '/dev/null', ...options.env };
  const git = async (...args: string[]) => (await execa('git', args, { cwd: root, env })).stdout;
  const write = (files: Record<string, unknown>) => writeFiles(root, files);
  const run = (...args: string[]) => runNode(RUN, args, { cwd: root, env });
  await write({
    'snapkeep.config.json': { ...behavioralConfig(), ...options.config },
    '.gitignore': '/.snapkeep/\n/.venv/\n/xdg/\n/data/*/[0-9]*/\n*.duckdb\n*.duckdb.wal\n',
  });
  const schema = path.join('schemas', 'behavioral-event.schema.json');
  await execa('cp', ['-R', '--parents', schema, root], { cwd: REPOSITORY });
  if (options.rows !== undefined) {
    for (const statement of createBehavioralEvents()) await database.run(statement);
    await database.run(insertBehavioralEvents({ rows: options.rows, baseTime: '2026-01-31T00:00:00Z' }));
  }
  if (options.git !== false) {
    await git('init', '--quiet', '--initial-branch=main');
    await git('config', 'user.name', 'Ada');
    await git('config', 'user.email', 'ada@example.org');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'start');
  }
  return {
    root,
    database,
    run,
    json: async (...args) => JSON.parse((await run(...args, '--json')).stdout) as Envelope,
    git,
    write,
    dispose: async () => {
      await database.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
