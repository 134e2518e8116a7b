import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestContext } from '@snapkeep/sdk/conformance';
import type { TestProject } from 'vitest/node';
import { installDvc } from '../../plugins/version-dvc/src/install/install-dvc.ts';
import { keptEnvironment } from './kept-environment.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absolute path of a real DVC, installed as `snapkeep init` installs it. */
    dvcCommand: string;
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One DVC for all test files, kept between runs until the requirements change; or SNAPKEEP_TEST_DVC. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('dvcCommand', process.env.SNAPKEEP_TEST_DVC || (await ensureDvc()));
}

async function ensureDvc(): Promise<string> {
  const folder = join(ROOT, '.tmp', 'dvc');
  const venv = await keptEnvironment({
    folder,
    requirements: join(ROOT, 'plugins/version-dvc/requirements.txt'),
    install: () => installDvc(createTestContext({ root: folder, env: process.env })),
  });
  return join(venv, 'bin', 'dvc');
}
