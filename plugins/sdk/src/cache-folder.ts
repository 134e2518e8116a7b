import { homedir } from 'node:os';
import { join } from 'node:path';

/** Absolute: where what several projects share is kept, `snapkeep` in the user's cache folder (XDG Base Directory). */
export function cacheFolder({ env }: { readonly env: Readonly<Record<string, string | undefined>> }): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'snapkeep');
}
