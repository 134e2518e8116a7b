import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fsyncPath } from './durable.ts';
import { privateDirectory } from './layout.ts';
import { type Lock, tryLockFile } from './lock.ts';
import { makePrivateDirectory } from './private-directory.ts';

const PAUSE_MS = 100;

export interface Restoring extends AsyncDisposable {
  /** Absolute; empty, on the same file system as the data; gone at the end. */
  readonly staging: string;
}

/**
 * The right to bring bytes of one dataset back, also for commands that only read. It is not the dataset's own
 * lock: a query of an old version must not wait for an export. Who comes second waits, and may find the bytes there.
 */
export async function beginRestoring(root: string, dataset: string, signal: AbortSignal): Promise<Restoring> {
  const lock = await waitForLock(root, `${dataset}.restoring`, signal);
  const staging = join(privateDirectory(root), 'restore', dataset);
  const remove = () => rm(staging, { recursive: true, force: true });
  try {
    // A run that was killed may have left something.
    await remove();
    await makePrivateDirectory(root, staging);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return {
    staging,
    [Symbol.asyncDispose]: async () => {
      await remove();
      await lock.release();
    },
  };
}

async function waitForLock(root: string, name: string, signal: AbortSignal): Promise<Lock> {
  for (;;) {
    const lock = await tryLockFile(root, name);
    if (lock) return lock;
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

/**
 * Gives checked files their place, durably: a folder that isn't there by one rename, else each file by its own.
 * @param staged - folder of the files
 * @param paths - of the files that are missing or damaged in `final`; others there are left alone
 */
export async function placeFiles(staged: string, final: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await fsyncPath(join(staged, path));
  await mkdir(dirname(final), { recursive: true });
  if (await renamed(staged, final)) {
    await fsyncPath(final);
    await fsyncPath(dirname(final));
    return;
  }
  for (const path of paths) {
    const target = join(final, path);
    await mkdir(dirname(target), { recursive: true });
    await rename(join(staged, path), target);
    await fsyncPath(dirname(target));
  }
}

/** Whether the folder has its new name; not so where a folder with content stands there. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}
