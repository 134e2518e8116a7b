import { basename, dirname, join } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';
import { readDvcConfig } from '../dvc-config.ts';
import { exitCodeOf } from '../exit-code.ts';
import { readTextIfThere } from '../read-text.ts';
import { replaceDurably } from './replace.ts';

/**
 * Keeps a tracked folder out of git as `dvc add` does: by a line in the `.gitignore` beside it, unless a pattern ignores
 * it already.
 * @returns the `.gitignore` that was changed, relative to the project
 */
export async function ignoreFolder(directory: string, context: PluginContext): Promise<string | undefined> {
  const config = await readDvcConfig(context);
  if (config === undefined || config.noScm || (await isIgnored(directory, context))) return undefined;
  const path = `${dirname(directory)}/.gitignore`;
  const text = (await readTextIfThere(join(context.root, path))) ?? '';
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  await replaceDurably(join(context.root, path), `${start}/${basename(directory)}\n`, context);
  return path;
}

async function isIgnored(directory: string, context: PluginContext): Promise<boolean> {
  // 1: git would see it. Anything else: no work tree, so nothing is to be kept out.
  return (await exitCodeOf('git', ['check-ignore', '--quiet', '--', directory], context)) !== 1;
}
