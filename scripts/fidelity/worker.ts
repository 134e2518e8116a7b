import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Answer, ColumnRefused, type Exporter, type Job, TIMEOUT_MS } from './exporter.ts';

export interface WorkerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
}

/** One process that exports table after table, jobs and answers a line of JSON each; started again where it dies. */
export class Worker implements Exporter {
  readonly #command: WorkerCommand;
  #child: ChildProcessWithoutNullStreams | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor(command: WorkerCommand) {
    this.#command = command;
  }

  async export(job: Job): Promise<void> {
    if (!this.#child) await this.#start();
    this.#child?.stdin.write(`${JSON.stringify({ table: job.table, id: job.id, out: job.out })}\n`);
    const { error, beforeReading } = await this.#answer();
    if (error !== undefined) throw beforeReading ? new ColumnRefused(error) : new Error(error);
  }

  async close(): Promise<void> {
    this.#child?.stdin.end();
    this.#child = undefined;
  }

  async #start(): Promise<void> {
    const { program, args, cwd, env } = this.#command;
    const child = spawn(program, args, { cwd, env: { ...process.env, TZ: 'UTC', ...env } });
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await this.#answer();
  }

  async #answer(): Promise<Answer> {
    const child = this.#child;
    const timer = setTimeout(() => child?.kill('SIGKILL'), TIMEOUT_MS);
    const next = await this.#lines?.next();
    clearTimeout(timer);
    if (next && !next.done) return JSON.parse(next.value) as Answer;
    this.#child = undefined;
    return { error: 'the process died or gave no answer' };
  }
}
