import { readFileSync } from 'node:fs';

/** What `snapkeep --version` says, as oclif would, without waiting for oclif to load. */
export function versionLine(): string {
  const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`;
}
