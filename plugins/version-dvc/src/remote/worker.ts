import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type PluginContext, SnapkeepError, shorten } from '@snapkeep/sdk';
import { execa } from 'execa';
import { findDvc } from '../find-dvc.ts';
import { dyingWithUs } from '../pdeathsig.ts';
import type { Remote } from './choose.ts';
import { remoteFailure, type WorkerFailure, withoutSecrets } from './failures.ts';
import { pythonsOf } from './python.ts';

const SCRIPT = fileURLToPath(new URL('../../python/remote.py', import.meta.url));
/** Below the remote's address, as DVC lays it out. */
const OBJECTS = /\/files\/md5$/;
/** So long Python may take to end by itself. */
const KILL_AFTER_MS = 5000;

/** An object as the remote tells of it without giving its bytes. */
export interface RemoteObject {
  readonly bytes: number;
  /** In hex; `null` where the remote has no such checksum. */
  readonly md5: string | null;
}

export interface ObjectHashes {
  readonly bytes: number;
  readonly sha256: string;
  readonly md5: string;
}

export interface Sending {
  readonly oid: string;
  /** Absolute path of the bytes. */
  readonly from: string;
  /** What is there is damaged and goes first. */
  readonly replace: boolean;
}

export interface Taking {
  readonly oid: string;
  /** Absolute path that doesn't exist yet, in a folder that does. */
  readonly to: string;
}

/** Objects that could not be moved, each with the reason. */
export type Failed = ReadonlyMap<string, WorkerFailure>;

/** Hears of all bytes moved so far. */
export type OnBytes = (bytes: number) => void;

type Answer = Readonly<Record<string, unknown>>;

/** One process of DVC's Python that asks a remote for objects and moves them; see python/remote.py. */
export interface RemoteWorker extends AsyncDisposable {
  readonly remote: Remote;
  /** Where the objects lie, without secrets. */
  readonly url: string;
  look(oids: readonly string[]): Promise<ReadonlyMap<string, RemoteObject | null>>;
  texts(oids: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** Reads every byte there; keeps nothing here. */
  hashes(oids: readonly string[]): Promise<ReadonlyMap<string, ObjectHashes | null>>;
  send(objects: readonly Sending[], onBytes: OnBytes): Promise<Failed>;
  take(objects: readonly Taking[], onBytes: OnBytes): Promise<Failed>;
}

/**
 * @throws SNAPKEEP_REMOTE_FAILED, SNAPKEEP_DVC_MISSING; so does every call of the worker
 */
export async function openWorker(remote: Remote, context: PluginContext): Promise<RemoteWorker> {
  const { command } = await findDvc(context);
  let last = '';
  for (const python of await pythonsOf(command)) {
    const process = await startProcess(python, context);
    try {
      const answer = await process.ask({ do: 'open', remote: remote.name }, remote);
      const url = withoutSecrets(String(answer.url)).replace(OBJECTS, '');
      return workerOf(remote, url, process);
    } catch (error) {
      await process.end();
      if (!(error instanceof Died)) throw error;
      last = error.message;
    }
  }
  const why = last === '' ? 'it is not a Python program' : last;
  throw new SnapkeepError('SNAPKEEP_DVC_MISSING', `${command} can’t be asked about its remotes: ${why}`, {
    hint: 'Install DVC with pip or uv, or remove that one and run snapkeep doctor --fix.',
  });
}

function workerOf(remote: Remote, url: string, process: Process): RemoteWorker {
  const ask = async (request: object, onBytes?: OnBytes): Promise<Answer> => {
    try {
      return await process.ask(request, remote, onBytes);
    } catch (error) {
      throw error instanceof Died ? remoteFailure(remote.name, { kind: 'failed', message: error.message }) : error;
    }
  };
  const listOf = async <T>(what: string, field: string, oids: readonly string[]) => {
    if (oids.length === 0) return new Map<string, T>();
    const answer = await ask({ do: what, oids });
    return new Map(Object.entries(answer[field] as Record<string, T>));
  };
  const move = async (what: string, objects: readonly object[], onBytes: OnBytes): Promise<Failed> => {
    if (objects.length === 0) return new Map();
    const answer = await ask({ do: what, objects }, onBytes);
    return new Map(Object.entries(answer.failed as Record<string, WorkerFailure>));
  };
  return {
    remote,
    url,
    look: (oids) => listOf('look', 'objects', oids),
    texts: (oids) => listOf('texts', 'texts', oids),
    hashes: (oids) => listOf('hashes', 'objects', oids),
    send: (objects, onBytes) => move('send', objects, onBytes),
    take: (objects, onBytes) => move('take', objects, onBytes),
    [Symbol.asyncDispose]: () => process.end(),
  };
}

/** The process ended without an answer. */
class Died extends Error {}

interface Process {
  ask(request: object, remote: Remote, onBytes?: OnBytes): Promise<Answer>;
  end(): Promise<void>;
}

async function startProcess(python: string, context: PluginContext): Promise<Process> {
  context.signal.throwIfAborted();
  const siteCache = join(context.root, '.snapkeep', 'dvc-site-cache');
  await mkdir(siteCache, { recursive: true, mode: 0o700 });
  const [program, ...rest] = await dyingWithUs([python, SCRIPT], context);
  context.log.debug(`${python} remote.py`);
  const child = execa(program, rest, {
    cwd: context.root,
    env: {
      ...context.env,
      DVC_NO_ANALYTICS: '1',
      DVC_SITE_CACHE_DIR: siteCache,
      PYTHONUTF8: '1',
      PYTHONWARNINGS: 'ignore',
    },
    extendEnv: false,
    reject: false,
    stdin: 'pipe',
    // Lines are read below as they come; progress of a long transfer is not to be kept.
    buffer: { stdout: false },
    cancelSignal: context.signal,
    killSignal: 'SIGINT',
    forceKillAfterDelay: KILL_AFTER_MS,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on('error', () => undefined);
  const died = async (): Promise<Died> => {
    const { stderr, shortMessage } = await child;
    context.signal.throwIfAborted();
    const said = stderr.trim().split('\n').at(-1) || shortMessage || 'it ended';
    return new Died(shorten(withoutSecrets(said), 200));
  };
  return {
    async ask(request, remote, onBytes) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      for (;;) {
        const { value: line, done } = await lines.next();
        if (done) throw await died();
        const message = JSON.parse(line) as { answer?: Answer; error?: WorkerFailure; progress?: number };
        if (message.progress !== undefined) onBytes?.(message.progress);
        if (message.error) throw remoteFailure(remote.name, message.error);
        if (message.answer) return message.answer;
      }
    },
    async end() {
      child.stdin.end();
      await child;
    },
  };
}
