import { execFile } from 'node:child_process';
import type { PluginContext } from '@snapkeep/sdk';

/**
 * Runs a short program in the project for its exit code alone. By node's own means: a library's modules take as long to load.
 * @returns `null` where it could not be started, or was killed
 */
export async function exitCodeOf(
  program: string,
  args: readonly string[],
  { root, env, signal }: PluginContext,
): Promise<number | null> {
  const code = await new Promise<number | null>((resolve) => {
    execFile(program, args, { cwd: root, env: { ...env }, signal }, (error) => {
      resolve(error === null ? 0 : typeof error.code === 'number' ? error.code : null);
    });
  });
  signal.throwIfAborted();
  return code;
}
