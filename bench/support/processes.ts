import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

const SAMPLE_MS = 25;
/** The kernel counts processor time in these: USER_HZ, which is 100 on every architecture of Linux. */
const TICKS_PER_SECOND = 100;

/** What a process and all that it started took. */
export interface Cost {
  /** From its start to its end by the clock. */
  readonly seconds: number;
  /** User and system time, of the ended descendants too; NaN where there is no /proc. */
  readonly cpuSeconds: number;
  /**
   * The most that was resident at once in all of them together, looked at every 25 ms, or in one of them by the kernel's own
   * mark (VmHWM), whichever is more; NaN where there is no /proc. Pages that processes share count in each.
   */
  readonly peakMiB: number;
}

export interface Ended extends Cost {
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Laid over this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** `discard`: what it prints goes to the null device, untouched. */
  readonly stdout?: 'text' | 'discard';
}

/**
 * Runs a program to its end. One at a time: the processor time is that of all children of this process that ended meanwhile.
 * @throws Error with the end of what it said on stderr, where it ends with another code than 0
 */
export async function runMeasured(
  program: string,
  args: readonly string[],
  { cwd, env, stdout = 'discard' }: RunOptions = {},
): Promise<Ended> {
  const [started, cpuBefore] = [performance.now(), cpuSecondsOfEndedChildren()];
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout === 'text' ? 'pipe' : 'ignore', 'pipe'],
  });
  let [printed, said] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000);
  });
  const memory = new PeakMemory(child.pid ?? 0);
  let seconds = 0;
  const closed = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      seconds = (performance.now() - started) / 1000;
    });
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  const sampling = sampleUntil(closed, memory);
  const code = await closed;
  await sampling;
  if (code !== 0)
    throw new Error(
      `${basename(program)} ${basename(args[0] ?? '')} ended with ${code}: ${stripVTControlCharacters(said).trim()}`,
    );
  return { stdout: printed, seconds, cpuSeconds: cpuSecondsOfEndedChildren() - cpuBefore, peakMiB: memory.peakMiB };
}

async function sampleUntil(end: Promise<unknown>, memory: PeakMemory): Promise<void> {
  let running = true;
  const stop = () => {
    running = false;
  };
  end.then(stop, stop);
  while (running) {
    memory.sample();
    await sleep(SAMPLE_MS);
  }
}

class PeakMemory {
  readonly #pid: number;
  peakMiB = Number.NaN;

  constructor(pid: number) {
    this.#pid = pid;
  }

  sample(): void {
    const statuses = [this.#pid, ...descendants(this.#pid)].map((pid) => readText(`/proc/${pid}/status`));
    const mib = (name: string) =>
      statuses.map((text) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) / 1024);
    const together = mib('VmRSS').reduce((sum, one) => sum + one, 0);
    const most = Math.max(together, ...mib('VmHWM'));
    if (most > 0) this.peakMiB = Math.max(most, Number.isNaN(this.peakMiB) ? 0 : this.peakMiB);
  }
}

/** Children of any of its threads, and theirs. */
function descendants(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children = threads.flatMap((thread) => readText(`/proc/${pid}/task/${thread}/children`).split(' '));
  const pids = children.filter(Boolean).map(Number);
  return pids.flatMap((child) => [child, ...descendants(child)]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** `[utime, stime, cutime, cstime]` of /proc/<pid>/stat, in seconds; see proc_pid_stat(5). */
function processorTimes(pid: number | 'self'): readonly [number, number, number, number] {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system, childrenUser, childrenSystem] = [11, 12, 13, 14].map(
    (index) => Number(fields[index] ?? Number.NaN) / TICKS_PER_SECOND,
  );
  return [user ?? Number.NaN, system ?? Number.NaN, childrenUser ?? Number.NaN, childrenSystem ?? Number.NaN];
}

function cpuSecondsOfEndedChildren(): number {
  const [, , user, system] = processorTimes('self');
  return user + system;
}

/** Of a process that goes on, a server for instance: its own, that of its ended children, and that of those at work. */
export function cpuSecondsOfTree(pid: number): number {
  const own = processorTimes(pid).reduce((sum, one) => sum + one, 0);
  const others = descendants(pid).map((child) => processorTimes(child).reduce((sum, one) => sum + one, 0));
  // One that ended since it was listed is in its parent's account at the next call.
  return others.filter((seconds) => !Number.isNaN(seconds)).reduce((sum, one) => sum + one, own);
}
