import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readMarker } from '../../plugins/version-dvc/src/install/marker.ts';

/** An installation takes less, also on a slow machine. */
const STALE_LOCK_MS = 300_000;

export interface KeptEnvironment {
  /** Absolute; the virtual environment is `.venv` in it. */
  readonly folder: string;
  /** Absolute path of the file with the pinned packages. */
  readonly requirements: string;
  /** Makes `.venv`; its marker says `ready` and names the requirements at the end. */
  readonly install: (requirementsSha256: string) => Promise<unknown>;
}

/** A virtual environment of Python's, kept between runs until its requirements change, made once by runs at the same time. */
export async function keptEnvironment({ folder, requirements, install }: KeptEnvironment): Promise<string> {
  const venv = join(folder, '.venv');
  const sha256 = createHash('sha256')
    .update(await readFile(requirements, 'utf8'))
    .digest('hex');
  const isReady = async (): Promise<boolean> => {
    const marker = await readMarker(venv);
    return marker?.state === 'ready' && marker.requirements === sha256;
  };
  await mkdir(folder, { recursive: true });
  const lock = join(folder, 'lock');
  while (!(await isReady())) {
    const handle = await open(lock, 'wx').catch(() => undefined);
    if (handle === undefined) {
      const age = await stat(lock).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > STALE_LOCK_MS) await rm(lock, { force: true });
      await sleep(250);
      continue;
    }
    try {
      await install(sha256);
    } finally {
      await handle.close();
      await rm(lock, { force: true });
    }
  }
  return venv;
}
