import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { Help } from '@oclif/core/help';
import { expect, test } from 'vitest';
import { layOut, quickHelp } from '../../src/host/quick-help.ts';
import { versionLine } from '../../src/host/version.ts';
import { temporaryFolder } from './temp-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The page as oclif lays it out. */
async function oclifPage(width: number): Promise<string> {
  const lines: string[] = [];
  class Listening extends Help {
    protected override log(...args: string[]): void {
      lines.push(args.join(' '));
    }
  }
  const config = await Config.load({ root, devPlugins: false, userPlugins: false });
  await new Listening(config, { ...config.pjson.oclif.helpOptions, maxWidth: width, stripAnsi: true }).showHelp([]);
  return lines.map((line) => `${line}\n`).join('');
}

test.each([60, 72, 80, 100, 200])(
  'at a width of %d the page is to the letter the one that oclif shows',
  async (width) => {
    const help = JSON.parse(await readFile(path.join(root, 'dist/compiled/root-help.json'), 'utf8'));
    expect(layOut(help, versionLine(), { width, bold: false })).toBe(await oclifPage(width));
  },
);

test('where a text would need too many lines it is left to oclif', () => {
  const summary = 'one two three four five six seven eight nine ten eleven twelve thirteen';
  const entries = [{ name: 'command', summary }];
  expect(layOut({ description: '', topics: [], commands: entries }, '', { width: 24, bold: false })).toBeUndefined();
});

test('so is all where plugins of the user’s, a theme or settings of oclif’s may change it', async () => {
  await using folder = await temporaryFolder();
  const env = { XDG_DATA_HOME: path.join(folder.path, 'data'), XDG_CONFIG_HOME: path.join(folder.path, 'config') };
  expect(quickHelp('snapkeep/1', env)).toContain('snapkeep/1');
  expect(quickHelp('snapkeep/1', { ...env, OCLIF_COLUMNS: '60' })).toBeUndefined();
  expect(quickHelp('snapkeep/1', { ...env, SNAPKEEP_DATA_DIR: folder.path })).toBeUndefined();
  for (const file of ['data/snapkeep/package.json', 'config/snapkeep/theme.json']) {
    const own = path.join(folder.path, path.basename(file));
    await mkdir(path.join(own, path.dirname(file)), { recursive: true });
    await writeFile(path.join(own, file), '{}');
    const there = { XDG_DATA_HOME: path.join(own, 'data'), XDG_CONFIG_HOME: path.join(own, 'config') };
    expect(quickHelp('snapkeep/1', there), file).toBeUndefined();
  }
});
