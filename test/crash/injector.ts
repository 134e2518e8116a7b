import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const SOURCE = fileURLToPath(new URL('injector.c', import.meta.url));

/** Whose calls are counted: snapkeep's own, or those of the git and DVC that it starts. */
export type Who = 'own' | 'children';

/** What happens at the call: the run is killed, or the call fails with an error of the system. */
export type Fate = 'killed before' | 'killed after' | 'EIO' | 'ENOSPC' | 'EDQUOT' | 'EMFILE';

/** Which calls count: fsync, rename, link, symlink; these and what removes; what writes into files; or what opens files of the project. */
export type Calls = 'names' | 'changes' | 'writes' | 'opens';

/** Ends a run at its Nth call, or lets that call fail. */
export interface Injector {
  /** Variables for a run that meets its fate at the call `at`; 0: none, the calls are only counted. `project`: for opens, absolute. */
  env(who: Who, at: number, fate?: Fate, calls?: Calls, project?: string): Promise<Record<string, string>>;
  /** Removes what it needed. */
  dispose(): Promise<void>;
  /** The calls of the last run, e.g. `rename /tmp/…/journal.json`, in their order. */
  calls(): Promise<string[]>;
}

/** Compiled for this machine, for one test file; `undefined` where it has no C compiler or is no Linux. */
export async function createInjector(): Promise<Injector | undefined> {
  if (process.platform !== 'linux') return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'snapkeep-injector-'));
  const library = path.join(folder, 'injector.so');
  const built = await execa('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'], { reject: false });
  const dispose = () => rm(folder, { recursive: true, force: true });
  if (built.failed) {
    await dispose();
    return undefined;
  }
  const counter = path.join(folder, 'counter');
  const log = path.join(folder, 'calls');
  return {
    dispose,
    env: async (who, at, fate = 'killed before', calls = 'names', project = '/') => {
      await writeFile(counter, new Uint8Array(8));
      await rm(log, { force: true });
      return {
        LD_PRELOAD: library,
        CRASH_COUNTER: counter,
        CRASH_LOG: log,
        CRASH_AT: String(at),
        CRASH_WHEN: fate === 'killed after' ? 'after' : 'before',
        CRASH_CALLS: calls,
        CRASH_BELOW: project,
        ...(fate.startsWith('killed')
          ? {}
          : { CRASH_ERRNO: String(constants.errno[fate as keyof typeof constants.errno]) }),
        CRASH_WHO: who,
        // Node's own cache of compiled code is written now and then, and counts as nobody's calls.
        NODE_DISABLE_COMPILE_CACHE: '1',
      };
    },
    calls: async () =>
      (await readFile(log, 'utf8').catch(() => ''))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/^\d+ /, '')),
  };
}
