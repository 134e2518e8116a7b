import { lstat, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
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

/**
 * A file that the project names must lie in it, whatever links lead there. What isn't there is for the reader to tell.
 * @param path - relative to the root
 * @throws SNAPKEEP_PATH_UNSAFE
 */
export async function refuseOutside(root: string, path: string): Promise<void> {
  let real: string;
  try {
    real = await realpath(resolve(root, path));
  } catch {
    return;
  }
  const place = relative(await realpath(root), real);
  if (!isAbsolute(place) && place.split(/[\\/]/)[0] !== '..') return;
  throw new SnapkeepError('SNAPKEEP_PATH_UNSAFE', `${path} leads out of the project`, {
    hint: 'Put the file itself in its place.',
    details: { path },
  });
}
