import { readFile } from 'node:fs/promises';

/**
 * The text of a file, `undefined` where there is none. One that can't be read is not one that isn't there: what it says is not known.
 * @throws as `readFile`
 */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
