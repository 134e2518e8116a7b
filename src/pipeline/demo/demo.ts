import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import type { Runtime } from '../runtime.ts';
import { changeDemoDatabase, loadDemoDatabase, spoilDemoDatabase } from './database.ts';

/** How the demo runs a command and tells of it: the real CLI in its own process, as a person would type it. */
export interface DemoShell {
  /** A heading for what comes next. */
  say(text: string): void;
  /** Echoes the command, runs it in `cwd`, shows its output; gives the exit code. */
  run(command: readonly [string, ...string[]], cwd: string): Promise<number>;
  /** The same without output, for questions to git. */
  succeeds(command: readonly [string, ...string[]], cwd: string): Promise<boolean>;
}

export interface DemoInput {
  /** Where the project will be; absent: a new folder in the working folder. */
  readonly directory?: string | undefined;
  readonly rows: number;
}

export interface DemoResult {
  readonly directory: string;
  readonly steps: readonly { readonly command: string; readonly exitCode: number; readonly durationMs: number }[];
  readonly durationMs: number;
}

const COUNTS = 'SELECT count(*) AS events, count(DISTINCT "userId") AS users FROM behavioral_events';
const PHASES =
  'SELECT "experimentPhase" AS phase, count(*) AS events, round(avg("sessionPerformanceScore"), 1) AS score FROM behavioral_events GROUP BY ALL ORDER BY phase';

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function freshDirectory(wanted: string | undefined): Promise<string> {
  if (wanted !== undefined) {
    const directory = resolve(wanted);
    if (await exists(directory)) {
      throw new SnapkeepError('SNAPKEEP_USAGE', `${directory} is there already`, {
        hint: 'Name a folder that is new.',
      });
    }
    await mkdir(directory, { recursive: true });
    return directory;
  }
  for (let number = 1; ; number += 1) {
    const directory = resolve(number === 1 ? 'snapkeep-demo' : `snapkeep-demo-${number}`);
    if (await exists(directory)) continue;
    await mkdir(directory);
    return directory;
  }
}

/** The whole way through once: a table goes in, versions come out, one command goes back. */
export async function runDemo(_runtime: Runtime, shell: DemoShell, input: DemoInput): Promise<DemoResult> {
  const started = performance.now();
  const directory = await freshDirectory(input.directory);
  const database = join(directory, 'pgdata');
  const steps: DemoResult['steps'][number][] = [];
  const run = async (expected: number, ...command: [string, ...string[]]) => {
    const from = performance.now();
    const exitCode = await shell.run(command, directory);
    steps.push({ command: command.join(' '), exitCode, durationMs: Math.round(performance.now() - from) });
    if (exitCode === expected) return;
    throw new SnapkeepError(
      'SNAPKEEP_INTERNAL',
      `"${command.join(' ')}" ended with ${exitCode}, not with ${expected}`,
      {
        hint: `The project is kept in ${directory}: run the command there again with --debug.`,
      },
    );
  };
  const rowsText = input.rows.toLocaleString('en');

  shell.say(`A new project in ${directory}`);
  await run(0, 'git', 'init', '--quiet');
  if (!(await shell.succeeds(['git', 'config', 'user.email'], directory))) {
    await run(0, 'git', 'config', 'user.name', 'snapkeep demo');
    await run(0, 'git', 'config', 'user.email', 'demo@localhost');
  }
  // Neither waits for the other: the database fills while DVC is installed.
  const loading = loadDemoDatabase(database, input.rows);
  loading.catch(() => undefined);
  await run(0, 'snapkeep', 'init', '--yes', '--example', 'behavioral-events');

  shell.say(`${rowsText} events go into an embedded PostgreSQL (PGlite) in ./pgdata`);
  await loading;
  await run(0, 'snapkeep', 'doctor');

  shell.say('The first snapshot: read through a cursor, checked row by row, Parquet, DVC, git');
  await run(0, 'snapkeep', 'export', 'behavioral_events', '--message', 'the first snapshot');
  // The source goes on living while its snapshot is looked at.
  const changing = changeDemoDatabase(database, input.rows);
  changing.catch(() => undefined);
  await run(0, 'snapkeep', 'sync', 'behavioral_events');
  await run(0, 'snapkeep', 'query', PHASES);

  const { added, changed, deleted } = await changing;
  shell.say(`A day later: ${added} events were added, ${changed} changed, ${deleted} deleted`);
  await run(0, 'snapkeep', 'export', 'behavioral_events', '--message', 'a day later');
  const spoiling = spoilDemoDatabase(database);
  spoiling.catch(() => undefined);
  await run(0, 'snapkeep', 'version', 'list', 'behavioral_events');
  await run(0, 'snapkeep', 'version', 'diff', 'behavioral_events', 'v1', 'v2');

  shell.say('Back to yesterday: one more version, nothing is lost');
  await run(0, 'snapkeep', 'version', 'rollback', 'behavioral_events', 'v1');
  await run(0, 'snapkeep', 'query', COUNTS);

  await spoiling;
  shell.say('A row that breaks the schema gets into the source: the export must refuse it');
  await run(3, 'snapkeep', 'export', 'behavioral_events');
  return { directory, steps, durationMs: Math.round(performance.now() - started) };
}
