/**
 * Writes what the page of `snapkeep --help` tells into dist/, so that it can be shown without oclif (src/host/quick-help.ts).
 * Part of `npm run build`, after the manifest; never committed.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import type { RootHelp } from '../src/host/quick-help.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const config = await Config.load({ root, devPlugins: false, userPlugins: false });

function entry(name: string, text = ''): RootHelp['topics'][number] {
  const [summary = ''] = text.replaceAll('<%= config.bin %>', config.bin).split('\n', 1);
  return { name, summary };
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
const help: RootHelp = {
  description: config.pjson.description ?? '',
  topics: config.topics
    .filter(({ name, hidden }) => !hidden && !name.includes(':'))
    .filter(({ name }) => config.topics.some((other) => other.name.includes(`${name}:`)))
    .map(({ name, description }) => entry(name, description))
    .sort(byName),
  commands: config.commands
    .filter(({ id, hidden }) => !hidden && !id.includes(':'))
    .map(({ id, summary, description }) => entry(id, summary ?? description))
    .sort(byName),
};
writeFileSync(`${root}dist/compiled/root-help.json`, `${JSON.stringify(help)}\n`);
