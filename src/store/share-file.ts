import { chmod, constants, copyFile, link, rm, stat } from 'node:fs/promises';

/** The file system can't do it, or not for this file: another name for too many names, another disk, no such call. */
const CANNOT = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ENOTTY', 'ENOSYS']);

const WRITABLE = 0o222;

/**
 * The same bytes under a second name, stored once: as a file of its own where the file system can share blocks, else as
 * another name of the same file, which nobody may write to any more, since that would change both.
 * @param from - of regular bytes that never change
 * @returns false where neither can be done; then nothing is at `to`
 */
export async function shareFile(from: string, to: string): Promise<boolean> {
  const isShared = await can(() => copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL));
  if (isShared) return true;
  await rm(to, { force: true });
  if (!(await can(() => link(from, to)))) return false;
  const { mode } = await stat(from);
  if ((mode & WRITABLE) !== 0) await chmod(from, mode & 0o777 & ~WRITABLE);
  return true;
}

async function can(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (CANNOT.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}
