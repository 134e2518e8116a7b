import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Job, type Opened, type Place, TIMEOUT_MS } from './exporter.ts';

const VERSION = '0.2.2';
const FOLDER = fileURLToPath(new URL('../../.tmp/fidelity', import.meta.url));

/** Its registry has the source only. Built once by cargo, which takes up to an hour, and kept in a folder that git ignores. */
async function install(build: boolean): Promise<string> {
  const root = join(FOLDER, 'cargo');
  const program = join(root, 'bin', 'pg2parquet');
  const found = await execa(program, ['--version'], { reject: false });
  if (!found.failed && found.stdout.includes(VERSION)) return program;
  if (!build) throw new Error('not built here: npm run fidelity -- --build does so, by cargo');
  const cargo = await execa('cargo', ['--version'], { reject: false });
  if (cargo.failed) throw new Error('cargo is not installed, which builds it');
  const target = ['--root', root, '--target-dir', join(FOLDER, 'cargo-target')];
  await execa('cargo', ['install', 'pg2parquet', '--version', VERSION, '--locked', ...target], { stdio: 'inherit' });
  return program;
}

/** The line that says why: behind the place of a panic, or behind all the arguments. */
function messageIn(stderr: string): string {
  const [, panic] = /panicked at .*\n(.*)/.exec(stderr) ?? [];
  return panic === undefined ? stderr.slice(stderr.lastIndexOf('\n)\n') + 1).replace(/^\)/, '') : `panic: ${panic}`;
}

/** https://github.com/exyi/pg2parquet, with its defaults. */
export async function openPg2parquet({ url, build }: Place): Promise<Opened> {
  const program = await install(build);
  const { hostname, port, username, password, pathname } = new URL(url);
  const server = ['--host', hostname, '--port', port, '--user', username, '--dbname', pathname.slice(1)];
  const run = async ({ table, id, out }: Job): Promise<void> => {
    const what = id === null ? ['--table', table] : ['--query', `SELECT * FROM ${table} WHERE id = ${id}`];
    const args = ['export', ...server, ...what, '--output-file', out, '--quiet'];
    const { failed, timedOut, stderr } = await execa(program, args, {
      env: { PGPASSWORD: password, TZ: 'UTC' },
      timeout: TIMEOUT_MS,
      reject: false,
    });
    if (timedOut) throw new Error('the process gave no answer');
    if (failed) throw new Error(messageIn(stderr));
  };
  return { versions: { pg2parquet: VERSION }, exporter: { export: run, close: async () => undefined } };
}
