import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { privateDirectory } from './layout.ts';
import { makePrivateDirectory } from './private-directory.ts';

export interface Lock extends AsyncDisposable {
  release(): Promise<void>;
}

function locksDirectory(root: string): string {
  return join(privateDirectory(root), 'locks');
}

/**
 * The right to change one dataset, exclusive among processes. The kernel releases it when we die:
 * Node has no such lock of its own, so it comes from fs-native-extensions (docs/adr/0006).
 * @throws SNAPKEEP_BUSY
 */
export async function lockDataset(root: string, dataset: string): Promise<Lock> {
  const lock = await tryLockFile(root, `${dataset}.lock`);
  if (lock) return lock;
  throw new SnapkeepError('SNAPKEEP_BUSY', `another run works on ${dataset}`, { details: { dataset } });
}

/** The lock of that name among those of the project; `undefined` where another process holds it. */
export async function tryLockFile(root: string, name: string): Promise<Lock | undefined> {
  const directory = locksDirectory(root);
  await makePrivateDirectory(root, directory);
  const { tryLock, unlock } = await import('fs-native-extensions');
  const handle = await open(join(directory, name), 'a+', 0o600);
  if (!tryLock(handle.fd)) {
    await handle.close();
    return undefined;
  }
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    unlock(handle.fd);
    await handle.close();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/**
 * Datasets that a run is changing now. A free lock is held for the moment of the question, so that a run which
 * begins in just that moment could be told that another one is under way.
 */
export async function heldLocks(root: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(locksDirectory(root));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const { tryLock, unlock } = await import('fs-native-extensions');
  const held: string[] = [];
  for (const name of names.filter((file) => file.endsWith('.lock')).sort()) {
    const handle = await open(join(locksDirectory(root), name), 'r+');
    try {
      if (tryLock(handle.fd)) unlock(handle.fd);
      else held.push(name.slice(0, -'.lock'.length));
    } finally {
      await handle.close();
    }
  }
  return held;
}
