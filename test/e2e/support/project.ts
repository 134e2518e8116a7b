import { appendFile, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, inject, onTestFinished, vi } from 'vitest';
import { startPostgres, type TestDatabase } from '../../support/postgres.ts';
import { type Cli, cliAt } from './cli.ts';
import type { Running } from './process.ts';

// A dozen commands in one test, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 });

/** A user's folder, with a home and a database of its own, in which the built CLI is run for real. */
export interface Project extends Cli {
  /** Of everything that belongs to the test; the project lies in it. */
  readonly folder: string;
  readonly home: string;
  readonly database: TestDatabase;
}

export interface ProjectOptions {
  /** `false`: `init` is left to the test. */
  readonly init?: boolean;
  /** Track with DVC too, or as DVC does but without it; git alone is a second faster for each version. */
  readonly dvc?: boolean | 'native';
  /** The project's datasets, committed after `init`. */
  readonly datasets?: Readonly<Record<string, unknown>>;
  /** Statements that fill the database. */
  readonly sql?: string | readonly string[];
  /** Where the project's folder goes, in place of a temporary one. */
  readonly root?: string;
}

/** Only what every program needs: the tests' own shell must not reach into the project. */
function environment(home: string, databaseUrl: string): NodeJS.ProcessEnv {
  const dvcFolder = path.dirname(inject('dvcCommand'));
  return {
    PATH: [path.dirname(process.execPath), dvcFolder, process.env.PATH ?? ''].join(path.delimiter),
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_DATA_HOME: path.join(home, 'data'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_STATE_HOME: path.join(home, 'state'),
    TMPDIR: tmpdir(),
    DATABASE_URL: databaseUrl,
  };
}

const GIT_CONFIG = '[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n';

/** Made for one test and removed after it, with every process that was started there. */
export async function createProject(options: ProjectOptions = {}): Promise<Project> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'snapkeep-e2e-')));
  const root = options.root ?? path.join(folder, 'project');
  const home = path.join(folder, 'home');
  await mkdir(root, { recursive: true });
  await mkdir(home);
  await writeFile(path.join(home, '.gitconfig'), GIT_CONFIG);
  const database = await (await startPostgres()).createDatabase();
  const processes: Running[] = [];
  onTestFinished(async () => {
    for (const { child } of processes) if (child.exitCode === null) child.kill('SIGKILL');
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });
  const onStart = (running: Running) => processes.push(running);
  const cli = cliAt({ root, env: environment(home, database.url), onStart });
  for (const statement of [options.sql ?? []].flat()) await database.run(statement);
  if (options.init !== false) await initialise(cli, options);
  return { ...cli, folder, home, database };
}

function storeFlags(dvc: ProjectOptions['dvc']): string[] {
  if (dvc === 'native') return ['--dvc-writer', 'native'];
  return dvc ? [] : ['--no-dvc'];
}

async function initialise(cli: Cli, { dvc, datasets }: ProjectOptions): Promise<void> {
  const { exitCode, stderr } = await cli.run('init', '--yes', ...storeFlags(dvc));
  expect(exitCode, stderr).toBe(0);
  if (datasets === undefined) return;
  await appendFile(path.join(cli.root, 'snapkeep.config.yaml'), `\ndatasets: ${JSON.stringify(datasets)}\n`);
  await cli.git('commit', '--quiet', '--all', '--message', 'datasets');
}
