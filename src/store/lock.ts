import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { privateDirectory } from './layout.ts';

export interface Lock extends AsyncDisposable {
  release(): Promise<void>;
}

/**
 * The right to change one dataset, exclusive among processes. The kernel releases it when we die:
 * Node has no such lock of its own, so it comes from fs-native-extensions (docs/adr/0006).
 * @throws SNAPKEEP_BUSY
 */
export async function lockDataset(root: string, dataset: string): Promise<Lock> {
  const directory = join(privateDirectory(root), 'locks');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { tryLock, unlock } = await import('fs-native-extensions');
  const handle = await open(join(directory, `${dataset}.lock`), 'a+', 0o600);
  if (!tryLock(handle.fd)) {
    await handle.close();
    throw new SnapkeepError('SNAPKEEP_BUSY', `another run works on ${dataset}`, { details: { dataset } });
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
