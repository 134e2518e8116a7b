/** Where the command stands in the CLI; for did-you-mean. */
export interface FailureScene {
  /** Flags of the command, without dashes. */
  readonly flags: readonly string[];
  /** Whether the command is one of oclif's plugin manager. */
  readonly managesPlugins: boolean;
}
