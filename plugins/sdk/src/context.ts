/** Where a plugin says what happens. Everything goes to stderr; levels follow `-q`, `-v` and `--debug`. */
export interface Log {
  /** Shown always, also with `-q`: something is wrong that the user should act on. */
  warn(message: string): void;
  /** Shown by default: one line of what was done. */
  info(message: string): void;
  /** Shown with `-v`: why something was decided, what was called. */
  verbose(message: string): void;
  /** Shown with `--debug`: SQL, SQLSTATE, arguments of child processes. Never a secret. */
  debug(message: string): void;
}

/** One long job, shown as a bar at a terminal and as a line every ten seconds elsewhere. */
export interface ProgressTask {
  /** `done` and `bytes` are totals so far, not increments. */
  update(done: number, bytes?: number): void;
  /** Ends the task; further updates are ignored. Safe to call twice. */
  end(): void;
}

export interface Progress {
  /** @param total - expected number of `unit`s; absent where nobody knows. */
  start(label: string, options?: { total?: number; unit?: 'rows' | 'files' | 'bytes' | 'steps' }): ProgressTask;
}

/**
 * What every call of a plugin receives. A plugin never touches `process.env`, the console or
 * oclif: all it needs of the outside is here.
 */
export interface PluginContext {
  /**
   * Absolute real path of the project: the folder of the configuration file; where there is none, the top of the
   * git repository, else the working folder.
   */
  readonly root: string;
  /** The process environment with the project's `.env` below it. Read only. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The block `plugins.<capability name>` of the configuration, as it stands there; `{}` where absent. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: Log;
  readonly progress: Progress;
  /** Aborted by Ctrl-C, by SIGTERM and by a failure elsewhere in the run. Every long call must heed it. */
  readonly signal: AbortSignal;
}
