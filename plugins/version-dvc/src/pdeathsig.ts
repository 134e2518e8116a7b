import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PluginContext } from '@snapkeep/sdk';

let wrapper: Promise<readonly string[]> | undefined;

/**
 * The same command so that it dies when we are killed, where the system can do that: a DVC that
 * outlives us would change files while the next run already heals. Linux has `PR_SET_PDEATHSIG`,
 * which util-linux's setpriv sets; elsewhere the command is given back as it is.
 */
export async function dyingWithUs(
  command: readonly [string, ...string[]],
  context: PluginContext,
): Promise<readonly [string, ...string[]]> {
  wrapper ??= findWrapper(context);
  const [program, ...rest] = await wrapper;
  return program === undefined ? command : [program, ...rest, ...command];
}

async function findWrapper(context: PluginContext): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const setpriv = ['setpriv', '--pdeathsig', 'TERM', '--'] as const;
  const [program, ...args] = setpriv;
  const trial = promisify(execFile)(program, [...args, 'true'], { env: { ...context.env } });
  return trial.then(
    () => setpriv,
    () => [],
  );
}
