/**
 * Writes the pages that are made from code: `node scripts/generate-docs.ts`, after a build.
 * With `--check` it writes nothing, names the pages that are stale and ends with 1.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { performancePages } from '../bench/page/page.ts';
import { commandsPage } from './docs/commands.ts';
import { configurationPage } from './docs/configuration.ts';
import { errorsPage } from './docs/errors.ts';

const root = path.join(import.meta.dirname, '..');

settings.enableAutoTranspile = false;
// Without the plugins that this user happens to have installed, and never from a stale manifest.
const config = await Config.load({ root, userPlugins: false, ignoreManifest: true });

const pages: Readonly<Record<string, string>> = {
  'docs/commands.md': commandsPage(config),
  'docs/configuration.md': configurationPage(),
  'docs/errors.md': errorsPage(),
  ...(await performancePages(root)),
};

const stale: string[] = [];
for (const [name, text] of Object.entries(pages)) {
  const file = path.join(root, name);
  const held = await readFile(file, 'utf8').catch(() => undefined);
  if (held !== text) stale.push(name);
  if (held === text || process.argv.includes('--check')) continue;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

if (process.argv.includes('--check') && stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(', ')}; run node scripts/generate-docs.ts\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(stale.length === 0 ? 'docs: nothing to do\n' : `docs: wrote ${stale.join(', ')}\n`);
}
