import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, SnapkeepError } from '@snapkeep/sdk';

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** A configuration file after parsing, before it is checked. */
export interface SourceFile {
  /** As messages name it: relative to the working folder where that is shorter. */
  readonly shown: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Where the value at this path stands, or its key; nothing for a `.ts` file. */
  place(parts: readonly (string | number)[], what?: 'key' | 'value'): Place | undefined;
  /** Whether nothing at all is written there, which YAML takes for null. */
  isBlank(parts: readonly (string | number)[]): boolean;
}

/** @throws SNAPKEEP_CONFIG_INVALID with line and column where the file isn't well formed */
export async function readConfigFile(file: string, cwd: string): Promise<SourceFile> {
  const relative = path.relative(cwd, file);
  const shown = relative.startsWith('..') ? file : relative;
  return file.endsWith('.ts') ? readModule(file, shown) : readYaml(await readFile(file, 'utf8'), shown);
}

/** YAML and JSON alike: JSON is YAML, and the one parser gives positions for both. */
async function readYaml(text: string, shown: string): Promise<SourceFile> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw notWellFormed(shown, messageOf(problem), { line, column: col });
  }
  const placeAt = (offset: number | undefined): Place | undefined => {
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  return {
    shown,
    value: asObject(document.toJS() ?? {}, shown),
    place(parts, what = 'value') {
      if (what === 'key') {
        const holder = document.getIn(parts.slice(0, -1), true) ?? document.contents;
        const pair = isMap(holder)
          ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(parts.at(-1)))
          : undefined;
        return isScalar(pair?.key) ? placeAt(pair.key.range?.[0]) : undefined;
      }
      const node = parts.length === 0 ? document.contents : document.getIn(parts, true);
      const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
      return Array.isArray(range) ? placeAt(range[0]) : undefined;
    },
    isBlank(parts) {
      const node = document.getIn(parts, true);
      return isScalar(node) && node.source === '';
    },
  };
}

/** A module of the user's own, run as Node runs TypeScript: types are stripped, nothing is checked. */
async function readModule(file: string, shown: string): Promise<SourceFile> {
  let module: { readonly default?: unknown };
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    const old = error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
    const message = old ? 'a .ts configuration needs Node.js 22.18 or newer' : messageOf(error);
    throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `${shown}: ${message}`, {
      hint: old ? 'Write it as snapkeep.config.yaml, or use a newer Node.js.' : undefined,
      cause: error,
      details: { file: shown },
    });
  }
  return { shown, value: asObject(module.default, shown), place: () => undefined, isBlank: () => false };
}

function asObject(value: unknown, shown: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw notWellFormed(shown, 'the configuration must be an object with keys such as datasets', { line: 1, column: 1 });
}

function notWellFormed(shown: string, message: string, place: Place): SnapkeepError {
  return new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `${shown}:${place.line}:${place.column}: ${message}`, {
    hint: 'Correct that line.',
    details: { file: shown, problems: [{ ...place, message }] },
  });
}
