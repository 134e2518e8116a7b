import { randomBytes } from 'node:crypto';
import { chmod, constants, copyFile, link, mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { objectPath } from '../dvc-cache.ts';
import { syncToDisk } from '../workspace.ts';

/** DVC takes write protection for the sign that an object was verified. */
const OBJECT_MODE = 0o444;
/** What a killed run left is removed by the next one that is this much younger. */
const STALE_MS = 24 * 60 * 60 * 1000;

export interface Incoming extends AsyncDisposable {
  /** Absolute. */
  readonly folder: string;
}

/** A folder beside the objects for bytes that are still to be checked; of the same file system. DVC doesn't look there. */
export async function openIncoming(objects: string): Promise<Incoming> {
  const parent = join(dirname(dirname(objects)), 'snapkeep-incoming');
  for (const name of await readdir(parent).catch(() => [])) {
    const { mtimeMs } = await stat(join(parent, name)).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > STALE_MS) await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, randomBytes(8).toString('hex'));
  await mkdir(folder, { recursive: true });
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true, force: true });
      // Others may be at work there.
      await rmdir(parent).catch(() => undefined);
    },
  };
}

/**
 * Gives checked bytes their name among the objects, durably and at once: whoever reads sees the object before
 * or this one. @param from - is moved
 */
export async function placeObject(objects: string, oid: string, from: string): Promise<void> {
  const path = objectPath(objects, oid);
  await mkdir(dirname(path), { recursive: true });
  await chmod(from, OBJECT_MODE);
  await syncToDisk([from]);
  await rename(from, path);
  await syncToDisk([dirname(path)]);
}

/** The same for a short text. */
export async function placeText(objects: string, oid: string, text: string): Promise<void> {
  await using incoming = await openIncoming(objects);
  const file = join(incoming.folder, oid);
  await writeFile(file, text);
  await placeObject(objects, oid, file);
}

/**
 * A second name for the bytes where cache and work tree share them, else a copy (which the file system may make
 * without copying). Never a symbolic link: a snapshot holds files.
 * @param cacheType - `cache.type` of DVC's configuration
 */
export async function shareFile(from: string, to: string, cacheType: string | undefined): Promise<void> {
  if (cacheType?.includes('hardlink')) {
    try {
      await link(from, to);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK' && code !== 'ENOTSUP') throw error;
    }
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}
