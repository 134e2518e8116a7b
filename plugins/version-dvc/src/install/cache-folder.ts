import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PluginContext } from '@snapkeep/sdk';

/** Where what several projects share is kept: `snapkeep` in the user's cache folder. */
export function cacheFolder({ env }: PluginContext): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'snapkeep');
}
