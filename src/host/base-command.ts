/**
 * The base of every command. A command file is metadata, one call of the pipeline, and how a person
 * sees the result:
 *
 * ```ts
 * import { Args, Flags, SnapkeepCommand } from '../host/base-command.ts';
 * import { exportDataset, type ExportResult } from '../pipeline/export.ts';
 *
 * export default class Export extends SnapkeepCommand<typeof Export, ExportResult> {
 *   static override summary = 'Export a dataset as a new snapshot.';
 *   static override examples = ['<%= config.bin %> <%= command.id %> behavioral_events'];
 *   static override args = { name: Args.string({ required: true, description: 'Dataset or table.' }) };
 *   static override flags = { days: Flags.integer({ summary: 'Only the last N days.', helpValue: 'N' }) };
 *
 *   protected override execute(): Promise<ExportResult> {
 *     return exportDataset(this.runtime, { name: this.args.name, days: this.flags.days });
 *   }
 *
 *   protected override print(result: ExportResult): void {
 *     this.out.line(`${result.dataset} v${result.version}: ${formatCount(result.rows)}`);
 *   }
 * }
 * ```
 *
 * - `execute` returns the result, plain data; with `--json` it becomes `data` of the envelope.
 * - `print` is called without `--json` only; `this.out` has `line`, `table`, `raw`, `note`, `safe`.
 * - What is thrown becomes an error with code, hint and exit code, on stderr or in the envelope.
 * - `failureOf(result)`: a result that is shown and still makes the command fail (doctor, verify).
 * - `static project = 'ignored'`: no configuration is read (init); `'required'`: there must be one.
 *
 * Imports of a command file are loaded by `snapkeep --help` too: nothing heavy in them (DuckDB, ajv …).
 */

import type { Interfaces } from '@oclif/core';
import { Command } from '@oclif/core/command';
import { SnapkeepError as Failure, messageOf, type SnapkeepError } from '@snapkeep/sdk';
import { BASE_FLAGS } from './base-flags.ts';
import { loadConfig } from './config/load.ts';
import type { LoadedConfig } from './config/types.ts';
import { okEnvelope, serialize } from './envelope.ts';
import { classify } from './failure/classify.ts';
import { createLog, levelOf } from './log.ts';
import { maskUrl } from './mask.ts';
import { createOutput, type Output } from './output.ts';
import { createProgress } from './progress.ts';
import { createRuntime, type HostRuntime } from './runtime.ts';
import { ClosedPipe, runSignal } from './signals.ts';
import { explainWait, giveWaitAValue, waitMsOf } from './wait-flag.ts';

export * as Args from '@oclif/core/args';
export * as Flags from '@oclif/core/flags';
export { formatBytes, formatCount, formatDuration, formatNumber } from './output.ts';

export type ProjectNeed = 'required' | 'optional' | 'ignored';

type FlagsOf<C extends typeof Command> = Interfaces.InferredFlags<typeof BASE_FLAGS & C['flags']>;
type ArgsOf<C extends typeof Command> = Interfaces.InferredArgs<C['args']>;

export abstract class SnapkeepCommand<C extends typeof Command, T> extends Command {
  static override baseFlags = BASE_FLAGS;
  /** Whether a configuration file must be there, may be there, or isn't looked at. */
  static project: ProjectNeed = 'optional';

  protected args!: ArgsOf<C>;
  protected flags!: FlagsOf<C>;
  /** Arguments in their order; more than `args` names only where the command is not `strict`. */
  protected rest: readonly string[] = [];
  protected runtime!: HostRuntime;
  /** The configuration with the origin of each value. */
  protected loaded!: LoadedConfig;
  protected out!: Output;

  /** The work: one call of the pipeline. */
  protected abstract execute(): Promise<T>;

  /** The result for people. Not called with `--json`. */
  protected abstract print(result: T): void | Promise<void>;

  /**
   * Whether the result is what was asked for, and not the word that a deed is done: `-q` prints answers only.
   * Absent: it is.
   */
  protected answers(_result: T): boolean {
    return true;
  }

  /** The error with which the command ends although it has a result. */
  protected failureOf(_result: T): SnapkeepError | undefined {
    return undefined;
  }

  async run(): Promise<void> {
    const { baseFlags: _base, ...input } = this.ctor;
    const spec = { ...input, flags: this.ctor.flags, args: this.ctor.args, baseFlags: BASE_FLAGS };
    // A command without flags of its own has none at all, whatever oclif's type says.
    const waits = 'wait' in (this.ctor.flags ?? {});
    const typed = this.argv;
    const parsed = await this.parse(spec, waits ? giveWaitAValue(typed) : typed).catch((error: unknown) => {
      throw waits ? explainWait(error, typed) : error;
    });
    this.args = parsed.args as ArgsOf<C>;
    this.flags = parsed.flags as FlagsOf<C>;
    this.rest = parsed.argv.map(String);
    const { quiet } = parsed.flags;
    const json = parsed.flags.json || ('format' in parsed.flags && parsed.flags.format === 'json');
    const signal = runSignal();
    const log = createLog(levelOf(parsed.flags));
    const progress = createProgress({ quiet, json });
    this.out = createOutput({ quiet });
    this.loaded = await this.#load(parsed.flags);
    for (const warning of this.loaded.warnings) log.warn(warning);
    const { url } = Object.getOwnPropertyDescriptors(this.loaded.config.connection);
    if (typeof url?.value === 'string') {
      log.verbose(`connection: ${maskUrl(url.value)} (${this.loaded.origins.get('/connection/url')})`);
    }
    const waitMs = waitMsOf(parsed.flags);
    this.runtime = createRuntime({
      host: this.config,
      loaded: this.loaded,
      log,
      progress,
      signal,
      command: this.#name,
      waitMs,
    });
    try {
      const result = await this.execute();
      progress.close();
      const failure = this.failureOf(result);
      if (!json && (!quiet || failure !== undefined || this.answers(result))) await this.print(result);
      if (failure) throw failure;
      if (json) process.stdout.write(serialize(okEnvelope(this.#name, result)));
    } catch (error) {
      progress.close();
      throw await this.#announce(classify(error, undefined, signal));
    }
  }

  /** Errors go to the one place that knows how to show them (src/host/main.ts). */
  protected override catch(error: unknown): Promise<never> {
    return Promise.reject(error);
  }

  get #name(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  async #load(flags: {
    config?: string;
    profile?: string;
    url?: string;
    verbose: boolean;
    debug: boolean;
  }): Promise<LoadedConfig> {
    const need = (this.ctor as typeof SnapkeepCommand).project;
    const loaded = await loadConfig({
      cwd: process.cwd(),
      processEnv: process.env,
      flags,
      readFiles: need !== 'ignored',
    });
    if (need === 'required' && loaded.config.file === null) {
      throw new Failure('SNAPKEEP_CONFIG_NOT_FOUND', 'there is no snapkeep.config.yaml in this folder or above it');
    }
    return loaded;
  }

  /** Plugins hear of the failure; what they make of it never hides the failure itself. */
  async #announce(failure: SnapkeepError | ClosedPipe): Promise<SnapkeepError | ClosedPipe> {
    if (failure instanceof ClosedPipe) return failure;
    const { code, message } = failure;
    await this.runtime.emit('failure', { command: this.#name, code, message }).catch((error: unknown) => {
      this.runtime.log.verbose(`a plugin failed at the event failure: ${messageOf(error)}`);
    });
    return failure;
  }
}
