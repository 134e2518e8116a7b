import { type ChildProcess, spawn } from 'node:child_process';

/** So long a program may take to tidy up after it was told to end. */
const KILL_AFTER_MS = 5000;

export interface ChildRun {
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
  readonly signal: AbortSignal;
  /** As in {@link import('./run-git.ts').GitRun}. */
  readonly abort: 'group' | 'never' | undefined;
}

export interface ChildAnswer {
  /** Why it could not be started, e.g. `ENOENT`. */
  readonly failure: string | undefined;
  /** It ended by itself, with 0. */
  readonly ok: boolean;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** What ends with us, also where we leave in the midst of a run. */
const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill();
});

/**
 * Runs a program to its end. Node's own `spawn`, and not a library around it: a version takes some twenty short
 * processes, each a few milliseconds, of which a library takes as much again.
 */
export function runChild(program: string, args: readonly string[], run: ChildRun): Promise<ChildAnswer> {
  const { promise, resolve } = Promise.withResolvers<ChildAnswer>();
  const detached = run.abort !== undefined;
  const child = spawn(program, args, { cwd: run.cwd, env: run.env, detached });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  const kill = () => {
    signalTo(child, run.abort, 'SIGTERM');
    timer = setTimeout(() => signalTo(child, run.abort, 'SIGKILL'), KILL_AFTER_MS).unref();
  };
  const end = (failure: string | undefined, code: number | null) => {
    running.delete(child);
    clearTimeout(timer);
    run.signal.removeEventListener('abort', kill);
    resolve({ failure, ok: code === 0, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
  };
  child.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message, null));
  child.once('close', (code) => end(undefined, code));
  // Where no process came into being, there may be no pipes either.
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  // It need not read all that it is given.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(run.input);
  if (!detached) running.add(child);
  if (run.abort !== 'never') run.signal.addEventListener('abort', kill, { once: true });
  return promise;
}

function signalTo(child: ChildProcess, abort: ChildRun['abort'], signal: NodeJS.Signals): void {
  try {
    if (abort === 'group' && child.pid !== undefined) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // It ended by itself just now.
  }
}
