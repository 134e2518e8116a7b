import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
export const RUN = path.join(REPOSITORY, 'bin/run.js');

/** An empty folder, its real path; `using` it removes it. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'snapkeep-host-')));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes files by their relative path; a value that isn't a text becomes JSON. */
export async function writeFiles(folder: string, files: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

export interface Finished {
  readonly exitCode: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Environment without what the tests' own shell says about databases, colours and profiles. */
export function cleanEnv(folder: string, more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(?:PG|DATABASE_URL|SNAPKEEP_|FORCE_COLOR|NO_COLOR)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    XDG_CONFIG_HOME: path.join(folder, 'xdg'),
    XDG_DATA_HOME: path.join(folder, 'xdg'),
    ...more,
  };
}

/** Runs a script of Node and waits for it, whatever its exit code. */
export function runNode(
  script: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string>; node?: string },
): Promise<Finished> {
  const env = cleanEnv(options.cwd, options.env);
  return new Promise((resolve) => {
    execFile(
      options.node ?? process.execPath,
      [script, ...args],
      { cwd: options.cwd, env },
      (error, stdout, stderr) => {
        resolve({ exitCode: error ? (error.code ?? error.signal ?? 'unknown') : 0, stdout, stderr });
      },
    );
  });
}

/**
 * A CLI of its own on our host: commands and plugins as files, run by oclif for real.
 * @param commands - name → body of the class, e.g. `async execute() { … } print() {}`
 * @param plugins - name → source of a hook for the event `capabilities`
 */
export async function makeCli(
  folder: string,
  commands: Record<string, string>,
  plugins: Record<string, string> = {},
): Promise<string> {
  const names = Object.keys(plugins);
  await writeFiles(folder, {
    'package.json': {
      name: 'cli',
      version: '1.2.3',
      type: 'module',
      dependencies: Object.fromEntries(names.map((name) => [name, '*'])),
      oclif: {
        bin: 'snapkeep',
        commands: './commands',
        topicSeparator: ' ',
        plugins: names,
        hooks: { command_not_found: path.relative(folder, path.join(REPOSITORY, 'dist/hooks/command-not-found.js')) },
      },
    },
    'run.js': `import { main } from ${JSON.stringify(path.join(REPOSITORY, 'dist/host/main.js'))};
await main(process.argv.slice(2), import.meta.dirname);`,
  });
  for (const [name, body] of Object.entries(commands)) {
    const base = path.join(REPOSITORY, 'dist/host/base-command.js');
    const source = `import { SnapkeepCommand } from ${JSON.stringify(base)};
export default class extends SnapkeepCommand { ${body} }`;
    await writeFiles(folder, { [`commands/${name}.js`]: source });
  }
  for (const [name, hook] of Object.entries(plugins)) {
    await writeFiles(path.join(folder, 'node_modules', name), {
      'package.json': { name, version: '0.0.1', type: 'module', oclif: { hooks: { capabilities: './hook.js' } } },
      'hook.js': hook,
    });
  }
  await mkdir(path.join(folder, 'node_modules/@snapkeep'), { recursive: true });
  await symlink(path.join(REPOSITORY, 'plugins/sdk'), path.join(folder, 'node_modules/@snapkeep/sdk'));
  return path.join(folder, 'run.js');
}
