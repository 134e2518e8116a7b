import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createTestContext } from '@snapkeep/sdk/conformance';
import type { TestProject } from 'vitest/node';
import { installDvc } from '../../plugins/version-dvc/src/install/install-dvc.ts';
import { readMarker } from '../../plugins/version-dvc/src/install/marker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absolute path of a real DVC, installed as `snapkeep init` installs it. */
    dvcCommand: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, '.tmp', 'dvc');
/** An installation takes less, also on a slow machine. */
const STALE_LOCK_MS = 300_000;

/** One DVC for all test files, kept between runs until the requirements change; or SNAPKEEP_TEST_DVC. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('dvcCommand', process.env.SNAPKEEP_TEST_DVC || (await ensureDvc()));
}

async function ensureDvc(): Promise<string> {
  const venv = join(FOLDER, '.venv');
  const command = join(venv, 'bin', 'dvc');
  const requirements = await readFile(join(ROOT, 'plugins/version-dvc/requirements.txt'), 'utf8');
  const sha256 = createHash('sha256').update(requirements).digest('hex');
  const isReady = async (): Promise<boolean> => {
    const marker = await readMarker(venv);
    return marker?.state === 'ready' && marker.requirements === sha256;
  };
  await mkdir(FOLDER, { recursive: true });
  const lock = join(FOLDER, 'lock');
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
      await installDvc(createTestContext({ root: FOLDER, env: process.env }));
    } finally {
      await handle.close();
      await rm(lock, { force: true });
    }
  }
  return command;
}
