import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from './machine.ts';

const RESULTS = path.join(import.meta.dirname, '..', 'results');
/** Quick looks; git ignores it. */
const LOCAL = path.join(RESULTS, 'local');

/** What every bench/results/<name>.json has; the rest is the benchmark's own. */
export interface Result {
  /** Day of the run, ISO. */
  readonly date: string;
  /** What to call for the same figures. */
  readonly command: string;
  readonly machine: Machine;
}

export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** Where results go: those that docs/performance.md is made of, or those of a quick look. */
export function resultsFolder(kept: boolean): string {
  return kept ? RESULTS : LOCAL;
}

/**
 * Writes a benchmark's figures as `<name>.json`.
 * @param kept - in bench/results, for docs/performance.md (`--save`); else in bench/results/local
 * @returns the file's path
 */
export async function writeResult<R extends Result>(name: string, result: R, kept: boolean): Promise<string> {
  const folder = resultsFolder(kept);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, `${JSON.stringify(rounded(result), undefined, 2)}\n`);
  return file;
}

/** Undefined where the benchmark has not been run. */
export async function readResult<R extends Result>(name: string): Promise<R | undefined> {
  const text = await readFile(path.join(RESULTS, `${name}.json`), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as R);
}

/** Three places: more only makes differences. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, one: unknown) => (typeof one === 'number' ? Math.round(one * 1000) / 1000 : one)),
  );
}
