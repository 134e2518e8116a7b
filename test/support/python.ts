import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestContext } from '@snapkeep/sdk/conformance';
import { findUv } from '../../plugins/version-dvc/src/install/find-uv.ts';
import { writeMarker } from '../../plugins/version-dvc/src/install/marker.ts';
import { runProgram } from '../../plugins/version-dvc/src/install/program.ts';
import { keptEnvironment } from './kept-environment.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A Python with pinned packages, in `.tmp/python/<name>` or the folder that is given, installed as DVC is: by uv, hashes checked.
 * @param requirements - absolute path of `<name>.txt`
 * @param place - absolute; of these requirements alone
 * @returns the absolute path of its interpreter
 */
export async function pythonWith(requirements: string, place?: string): Promise<string> {
  const name = basename(requirements, '.txt');
  const folder = place ?? join(ROOT, '.tmp', 'python', name);
  const context = createTestContext({ root: folder, env: process.env });
  const venv = await keptEnvironment({
    folder,
    requirements,
    install: async (sha256) => {
      const uv = await findUv(context);
      const target = join(folder, '.venv');
      await runProgram(uv, ['venv', '--quiet', '--clear', '--python', '>=3.9', target], context);
      const python = join(target, 'bin', 'python');
      // Where the environment forbids Python to keep bytecode, every start would parse all packages again.
      const options = ['--quiet', '--no-deps', '--require-hashes', '--compile-bytecode', '--python', python];
      await runProgram(uv, ['pip', 'install', ...options, '-r', requirements], context);
      await writeMarker(target, { state: 'ready', version: name, requirements: sha256 });
    },
  });
  return join(venv, 'bin', 'python');
}
