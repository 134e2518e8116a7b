import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { refuseLinks } from './containment.ts';
import { privateDirectory } from './layout.ts';

/** @throws SNAPKEEP_STORAGE_FAILED */
export async function requireWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    const errno = (cause as NodeJS.ErrnoException).code ?? null;
    const why = errno === 'EROFS' ? 'its file system is read-only' : 'this user has no right to write there';
    throw new SnapkeepError('SNAPKEEP_STORAGE_FAILED', `${folder} can't be written: ${why}`, {
      hint: 'Work in a folder of your own, or have its owner give you the right to write.',
      details: { path: folder, errno },
      cause,
    });
  }
}

/** Makes a folder in `.snapkeep`. Where it can't, Node says ENOENT of a read-only folder: told as what it is. */
export async function makePrivateDirectory(root: string, directory: string): Promise<void> {
  await refuseLinks(root, relative(root, directory).split(sep).join('/'));
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    const own = privateDirectory(root);
    const ownExists = await access(own).then(
      () => true,
      () => false,
    );
    await requireWritable(ownExists ? own : root);
    throw error;
  }
}
