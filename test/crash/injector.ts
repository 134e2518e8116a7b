import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const SOURCE = fileURLToPath(new URL('injector.c', import.meta.url));

/** Whose calls are counted: snapkeep's own, or those of the git and DVC that it starts. */
export type Who = 'own' | 'children';

/** Ends a run at its Nth fsync, rename, link or symlink. */
export interface Injector {
  /** Variables for a run that is killed at the call `at`; 0: none, the calls are only counted. */
  env(who: Who, at: number, when?: 'before' | 'after'): Promise<Record<string, string>>;
  /** The calls of the last run, e.g. `rename /tmp/…/journal.json`, in their order. */
  calls(): Promise<string[]>;
}

/** Compiled for this machine; `undefined` where it has no C compiler or is no Linux. */
export async function createInjector(folder: string): Promise<Injector | undefined> {
  if (process.platform !== 'linux') return undefined;
  const library = path.join(folder, 'injector.so');
  const built = await execa('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'], { reject: false });
  if (built.failed) return undefined;
  const counter = path.join(folder, 'counter');
  const log = path.join(folder, 'calls');
  return {
    env: async (who, at, when = 'before') => {
      await writeFile(counter, new Uint8Array(8));
      await rm(log, { force: true });
      return {
        LD_PRELOAD: library,
        CRASH_COUNTER: counter,
        CRASH_LOG: log,
        CRASH_AT: String(at),
        CRASH_WHEN: when,
        CRASH_WHO: who,
      };
    },
    calls: async () =>
      (await readFile(log, 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/^\d+ /, '')),
  };
}
