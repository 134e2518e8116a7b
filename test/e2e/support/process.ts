import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Finished {
  /** The exit code, or the signal that ended the process. */
  readonly exitCode: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process under way. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** What it wrote so far. */
  output(): string;
}

/** Starts a program without a terminal; its output is kept. */
export function start(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Running {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ exitCode: code ?? signal ?? 'SIGKILL', stdout, stderr }));
  });
  return { child, finished, output: () => stdout + stderr };
}

/** Longer than any command takes on a machine that is busy. */
const HANGS_AFTER_MS = 100_000;
const REPORT_MS = 5_000;

/** So that a process which hangs can be asked what it waits for. */
export const REPORTS_ON_SIGNAL = ['--report-on-signal', '--report-filename=stderr'];

/** The end of a process that was started with {@link REPORTS_ON_SIGNAL}. One that hangs is ended, and the error tells where it was. */
export async function endOf(running: Running): Promise<Finished> {
  const watch = new AbortController();
  const hangs = async () => {
    await sleep(HANGS_AFTER_MS, undefined, { signal: watch.signal });
    running.child.kill('SIGUSR2');
    await sleep(REPORT_MS, undefined, { signal: watch.signal });
    running.child.kill('SIGKILL');
    const command = running.child.spawnargs.join(' ');
    throw new Error(`still runs after ${HANGS_AFTER_MS / 1000} s: ${command}\n${running.output()}`);
  };
  try {
    return await Promise.race([running.finished, hangs()]);
  } finally {
    watch.abort();
  }
}

/** Asks again and again until something holds. */
export async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(20);
  }
}
