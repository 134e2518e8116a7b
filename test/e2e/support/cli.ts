import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect } from 'vitest';
import { endOf, type Finished, REPORTS_ON_SIGNAL, type Running, start } from './process.ts';

export const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const RUN = path.join(REPOSITORY, 'bin', 'run.js');

/** The `error` of a `--json` document. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: number;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The built CLI in one folder. */
export interface Cli {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** The same CLI in a folder below, or with more variables. */
  in(folder: string): Cli;
  with(env: Readonly<Record<string, string>>): Cli;
  /** Starts `snapkeep …` and lets it run. */
  start(...args: string[]): Running;
  /** Runs `snapkeep …` as a person does. */
  run(...args: string[]): Promise<Finished>;
  /** Runs `snapkeep … --json`, which must succeed, and gives its `data`. */
  data<T = Readonly<Record<string, unknown>>>(...args: string[]): Promise<T>;
  /** Runs `snapkeep … --json`, which must fail, and gives its `error`. */
  failure(...args: string[]): Promise<Failure>;
  git(...args: string[]): Promise<string>;
  /** Writes files by their path; what isn't a text becomes JSON. */
  write(files: Readonly<Record<string, unknown>>): Promise<void>;
}

export interface CliPlace {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** Hears of every process, to end it with the test. */
  readonly onStart: (running: Running) => void;
}

/** What a program reads on stdout: one document, and nothing else. */
function documentOf({ stdout, stderr }: Finished): Record<string, unknown> {
  try {
    return JSON.parse(stdout) as Record<string, unknown>;
  } catch {
    throw new Error(`not one document.\nstdout: ${stdout}\nstderr: ${stderr}`);
  }
}

/** The failure in a run's document, after what holds for every failure was checked. */
export function failureOf(finished: Finished): Failure {
  const document = documentOf(finished);
  expect(document).toMatchObject({ ok: false, version: 1, command: expect.any(String) });
  const failure = document.error as Failure;
  expect(failure.exitCode, failure.message).toBe(finished.exitCode);
  expect(failure.code).toMatch(/^SNAPKEEP_/);
  expect(failure.message).not.toMatch(/[\r\n]/);
  expect(failure.hint).not.toBe('');
  return failure;
}

export function cliAt(place: CliPlace): Cli {
  const { root, env } = place;
  const startCli: Cli['start'] = (...args) => {
    const running = start(process.execPath, [...REPORTS_ON_SIGNAL, RUN, ...args], { cwd: root, env });
    place.onStart(running);
    return running;
  };
  return {
    root,
    env,
    in: (folder) => cliAt({ ...place, root: path.join(root, folder) }),
    with: (more) => cliAt({ ...place, env: { ...env, ...more } }),
    start: startCli,
    run: (...args) => endOf(startCli(...args)),
    data: async <T>(...args: string[]) => {
      const finished = await endOf(startCli(...args, '--json'));
      const document = documentOf(finished);
      expect(document, finished.stderr + finished.stdout).toMatchObject({ ok: true, version: 1 });
      expect(finished.exitCode).toBe(0);
      return document.data as T;
    },
    failure: async (...args) => failureOf(await endOf(startCli(...args, '--json'))),
    git: async (...args) => (await execa('git', args, { cwd: root, env, extendEnv: false })).stdout,
    write: async (files) => {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(root, name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
      }
    },
  };
}
