import path from 'node:path';
import { quoteIdentifier } from '@snapkeep/sdk';
import { execa } from 'execa';
import { benchCache } from '../support/cache.ts';
import { runMeasured } from '../support/processes.ts';
import type { Alternative, OpenedAlternative, Place } from './alternative.ts';

const VERSION = '0.2.2';

/** Its registry has the source only. Built once by cargo, which takes up to an hour, and kept in the user's cache. */
async function install(build: boolean): Promise<string> {
  const root = benchCache('cargo');
  const program = path.join(root, 'bin', 'pg2parquet');
  const found = await execa(program, ['--version'], { reject: false });
  if (!found.failed && found.stdout.includes(VERSION)) return program;
  if (!build)
    throw new Error('published as source only; `npm run bench -- --build` builds it by cargo, which takes long');
  const cargo = await execa('cargo', ['--version'], { reject: false });
  if (cargo.failed) throw new Error('cargo is not installed, which builds it');
  const target = ['--root', root, '--target-dir', benchCache('cargo-target')];
  await execa('cargo', ['install', 'pg2parquet', '--version', VERSION, '--locked', ...target], { stdio: 'inherit' });
  return program;
}

async function open({ url, build }: Place): Promise<OpenedAlternative> {
  const program = await install(build);
  const { hostname, port, username, password, pathname } = new URL(url);
  const server = ['--host', hostname, '--port', port, '--user', username, '--dbname', pathname.slice(1)];
  const env = { PGPASSWORD: decodeURIComponent(password), TZ: 'UTC' };
  return {
    versions: { pg2parquet: VERSION },
    export: async ({ schema, table, id, out }) => {
      const where = id === undefined ? '' : ` WHERE id = ${id}`;
      const query = `SELECT * FROM ${quoteIdentifier(schema)}.${quoteIdentifier(table)}${where}`;
      const args = ['export', ...server, '--query', query, '--output-file', out, '--quiet'];
      return { ...(await runMeasured(program, args, { env })), files: [out] };
    },
  };
}

export const PG2PARQUET: Alternative = {
  id: 'pg2parquet',
  name: 'pg2parquet',
  how: "pg2parquet export --host … --dbname … --query 'SELECT * FROM TABLE' --output-file FILE",
  docs: 'https://github.com/exyi/pg2parquet',
  open,
};
