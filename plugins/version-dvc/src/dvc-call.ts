import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';
import { dyingWithUs } from './pdeathsig.ts';

/** So long DVC may take to tidy up after Ctrl-C. */
const KILL_AFTER_MS = 5000;

export interface DvcCall {
  readonly program: string;
  readonly args: readonly string[];
  /** For execa. */
  readonly options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly extendEnv: false;
    readonly reject: false;
    readonly cancelSignal: AbortSignal;
    readonly killSignal: 'SIGINT';
    readonly forceKillAfterDelay: number;
  };
}

/**
 * How DVC, or its Python, is started in the project: without analytics, without a daemon, with a folder of its own for
 * what it shares among projects. It ends with us.
 */
export async function dvcCall(command: readonly [string, ...string[]], context: PluginContext): Promise<DvcCall> {
  const { root, env, signal } = context;
  signal.throwIfAborted();
  const siteCache = join(root, '.snapkeep', 'dvc-site-cache');
  await mkdir(siteCache, { recursive: true, mode: 0o700 });
  const [program, ...args] = await dyingWithUs(command, context);
  const options = {
    cwd: root,
    env: { ...env, DVC_NO_ANALYTICS: '1', DVC_SITE_CACHE_DIR: siteCache, DVC_DAEMON: '1' },
    extendEnv: false,
    reject: false,
    cancelSignal: signal,
    killSignal: 'SIGINT',
    forceKillAfterDelay: KILL_AFTER_MS,
  } as const;
  return { program, args, options };
}
