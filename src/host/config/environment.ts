import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { Origin } from './types.ts';

/** Where a variable is set, in falling order of weight. */
export type EnvironmentLayer = 'environment' | '.env';

export interface Environment {
  /** The process environment with `.env` below it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The value and where it is set; an empty one counts as not set. */
  find(name: string): { readonly value: string; readonly layer: EnvironmentLayer; readonly origin: Origin } | undefined;
}

/** Reads the project's `.env`, if there is one. */
export async function readEnvironment(root: string, processEnv: NodeJS.ProcessEnv): Promise<Environment> {
  const text = await readFile(path.join(root, '.env'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return '';
    throw error;
  });
  const file: Record<string, string | undefined> = parseEnv(text);
  return {
    env: { ...file, ...processEnv },
    find(name) {
      const own = processEnv[name];
      if (own) return { value: own, layer: 'environment', origin: `environment ${name}` };
      // A variable that is set but empty in the environment hides the one in .env, as in a shell.
      const below = own === undefined ? file[name] : undefined;
      return below ? { value: below, layer: '.env', origin: `.env ${name}` } : undefined;
    },
  };
}
