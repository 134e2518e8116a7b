import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';
import { syncToDisk } from '../workspace.ts';

/** Gives a small file of the project new bytes, durably and at once: whoever reads sees the old ones or these. @param path - absolute */
export async function replaceDurably(path: string, text: string, context: PluginContext): Promise<void> {
  const privateFolder = join(context.root, '.snapkeep');
  await mkdir(privateFolder, { recursive: true, mode: 0o700 });
  const temporary = join(privateFolder, `dvc-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(temporary, text);
    await syncToDisk([temporary]);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncToDisk([dirname(path)]);
}
