import { SnapkeepError } from '@snapkeep/sdk';
import type { Environment } from './environment.ts';
import { dotted } from './pointer.ts';

const REFERENCE = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Puts in what is set and leaves the rest as it stands: for checking a file before it is used. */
export function substitute(value: unknown, environment: Environment): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (whole, name: string) => environment.find(name)?.value ?? whole);
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, environment)]));
}

/**
 * Puts in what is set. A text whose variable is missing becomes a property that throws when it is
 * read: `version list` must not fail for a password that only `export` needs.
 */
export function interpolate<T>(value: T, environment: Environment, parts: readonly (string | number)[] = []): T {
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [] : {}) as T & object;
  for (const [key, item] of Object.entries(value)) {
    const missing = typeof item === 'string' ? missingIn(item, environment) : undefined;
    const own = [...parts, key];
    Object.defineProperty(copy, key, {
      enumerable: true,
      configurable: true,
      ...(missing === undefined
        ? {
            writable: true,
            value: typeof item === 'string' ? substitute(item, environment) : interpolate(item, environment, own),
          }
        : { get: () => notSet(missing, own) }),
    });
  }
  return copy;
}

/** The text's first variable that isn't set. */
function missingIn(text: string, environment: Environment): string | undefined {
  for (const [, name = ''] of text.matchAll(REFERENCE)) if (!environment.find(name)) return name;
  return undefined;
}

function notSet(name: string, parts: readonly (string | number)[]): never {
  throw new SnapkeepError(
    'SNAPKEEP_CONFIG_INVALID',
    `${dotted(parts)} needs the environment variable ${name}, which is not set`,
    {
      hint: `Set ${name} in the environment or in the project's .env.`,
      details: { variable: name, key: dotted(parts) },
    },
  );
}
