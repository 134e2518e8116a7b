import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file or folder is on disk only after this (https://man7.org/linux/man-pages/man2/fsync.2.html, NOTES). */
export async function fsyncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface DurableWrite {
  readonly mode?: number;
  /** Where the bytes stand before they get their name, on the same file system; a run that is killed leaves them there. */
  readonly temporary?: string;
}

/** The whole content or the old one, also after a power cut: temporary, fsync, rename, fsync of the folder. */
export async function writeDurably(
  path: string,
  content: string | Uint8Array,
  { mode = 0o666, temporary = `${path}.${process.pid}.tmp` }: DurableWrite = {},
): Promise<void> {
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncPath(dirname(path));
}

/** The text of a small file; `null` where there is none. */
export async function contentOf(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Points a symbolic link elsewhere; readers see the old target or the new.
 * @param temporary - the link's first name, on the same file system; a run that is killed leaves it there
 */
export async function swapLink(path: string, target: string, temporary: string): Promise<void> {
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncPath(dirname(path));
}

/** The link's target, or `null` where nothing is there. Anything else than a link throws EINVAL. */
export async function readLinkTarget(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Moves a folder to its final name; fails where a folder with content stands. */
export async function publishDirectory(staged: string, final: string): Promise<void> {
  await mkdir(dirname(final), { recursive: true });
  await rename(staged, final);
  await fsyncPath(dirname(final));
  await fsyncPath(dirname(staged));
}

/** Second names for the same bytes: they outlive whatever becomes of the first. */
export async function hardLinkFiles(from: string, to: string, files: readonly { path: string }[]): Promise<void> {
  for (const { path } of files) {
    const linked = join(to, path);
    await mkdir(dirname(linked), { recursive: true, mode: 0o700 });
    await link(join(from, path), linked);
  }
}

/** Gives back their first names to files that lost them. */
export async function bringBackLost(to: string, spare: string, files: readonly { path: string }[]): Promise<void> {
  for (const { path } of files) {
    await link(join(spare, path), join(to, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/** SHA-256 in lower-case hex, and the number of bytes. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) })) {
    const part = chunk as Buffer;
    hash.update(part);
    bytes += part.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Puts a new file on disk, and hashes what is in memory of it meanwhile. */
export async function settleFile(path: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const [hashed, synced] = await Promise.allSettled([hashFile(path, signal), fsyncPath(path)]);
  if (synced.status === 'rejected') throw synced.reason;
  if (hashed.status === 'rejected') throw hashed.reason;
  return hashed.value;
}

/** SHA-256 of a text as it is written, UTF-8, in lower-case hex. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
