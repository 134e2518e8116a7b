import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';

/**
 * Every part of the path that is there must be what it looks like: a link would lead out of the project, or nowhere.
 * @param path - relative to the root, `/` between parts
 * @throws SNAPKEEP_PATH_UNSAFE
 */
export async function refuseLinks(root: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const part = parts.slice(0, depth).join('/');
    const stats = await lstat(join(root, part)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw error;
    });
    if (stats === null) return;
    if (stats.isSymbolicLink()) {
      throw new SnapkeepError('SNAPKEEP_PATH_UNSAFE', `${part} is a link, where a folder or file of its own must be`, {
        hint: 'Put what it leads to in its place, or remove the link.',
        details: { path: part },
      });
    }
  }
}
