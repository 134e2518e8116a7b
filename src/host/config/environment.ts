import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import type { Origin } from './types.ts';

/** Where a variable is set, in falling order of weight. */
export type EnvironmentLayer = 'environment' | '.env';

export interface Environment {
  /** The process environment with `.env` below it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names in `.env` that are taken from the environment only, where they aren't set. */
  readonly left: readonly string[];
  /** The value and where it is set; an empty one counts as not set. */
  find(name: string): { readonly value: string; readonly layer: EnvironmentLayer; readonly origin: Origin } | undefined;
}

/**
 * Variables by which a `.env` that came with a clone would decide which programs run, which code they load, whose
 * settings they read or whom they trust. They are taken from the environment only.
 */
const NOT_FROM_A_FILE =
  /^(?:(?:LD|DYLD|GIT|SSH|GPG|PYTHON|NODE|NPM|UV|PIP|DVC|XDG|BASH|PERL|RUBY|JAVA|OPENSSL|SSL|GLIBC|MALLOC|GCONV|LOCPATH|SNAPKEEP_CONFIG|SNAPKEEP_NPM)(?:_|$)|PYTHON|SSLKEYLOGFILE$|npm_|(?:PATH|HOME|SHELL|ENV|IFS|CDPATH|PS4|PROMPT_COMMAND|EDITOR|VISUAL|PAGER|LESSOPEN|BROWSER|TMPDIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|CURL_HOME|AWS_CONFIG_FILE|AWS_SHARED_CREDENTIALS_FILE|AWS_CA_BUNDLE|GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES)$)/;
const HARMLESS = /^GIT_(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)$/;

function separate(file: Readonly<Record<string, string | undefined>>): {
  kept: Record<string, string>;
  left: string[];
} {
  const kept: Record<string, string> = {};
  const left: string[] = [];
  for (const [name, value] of Object.entries(file)) {
    if (NOT_FROM_A_FILE.test(name) && !HARMLESS.test(name)) left.push(name);
    else if (value !== undefined) kept[name] = value;
  }
  return { kept, left };
}

/** Reads the project's `.env`, if there is one. */
export async function readEnvironment(root: string, processEnv: NodeJS.ProcessEnv): Promise<Environment> {
  const text = await readFile(path.join(root, '.env'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return '';
    throw error;
  });
  const { kept: file, left } = separate(parseEnv(text));
  return {
    env: { ...file, ...processEnv },
    left: left.filter((name) => processEnv[name] === undefined),
    find(name) {
      const own = processEnv[name];
      if (own) return { value: own, layer: 'environment', origin: `environment ${name}` };
      // A variable that is set but empty in the environment hides the one in .env, as in a shell.
      const below = own === undefined ? file[name] : undefined;
      return below ? { value: below, layer: '.env', origin: `.env ${name}` } : undefined;
    },
  };
}
