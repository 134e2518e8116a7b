/** Exit codes, as documented in docs/errors.md. */
export type ExitCode = 0 | 1 | 2 | 3 | 10 | 11 | 12 | 13 | 14 | 15 | 16 | 130 | 141 | 143;

export interface ErrorDefinition {
  readonly exitCode: ExitCode;
  /** When it happens. */
  readonly when: string;
  /** What to do, where the failure itself knows nothing better. */
  readonly hint: string;
}

/** Every code that snapkeep and its plugins give. docs/errors.md is generated from this list. */
export const ERRORS = {
  SNAPKEEP_INTERNAL: {
    exitCode: 1,
    when: 'Something that we did not foresee: a bug of ours.',
    hint: 'Run the command again with --debug and report what it prints (CONTRIBUTING.md says where).',
  },

  SNAPKEEP_USAGE: {
    exitCode: 2,
    when: 'A flag or an argument is missing, unknown or contradicts another.',
    hint: 'Run the command with --help to see what it takes.',
  },
  SNAPKEEP_UNKNOWN_COMMAND: {
    exitCode: 2,
    when: 'There is no such command.',
    hint: 'snapkeep --help lists the commands.',
  },
  SNAPKEEP_NODE_TOO_OLD: { exitCode: 2, when: 'Node.js is older than 22.12.', hint: 'Install Node.js 22.12 or newer.' },
  SNAPKEEP_CONFIG_INVALID: {
    exitCode: 2,
    when: 'The configuration file is not well formed or breaks its schema.',
    hint: 'Correct the line that the message names; schemas/config.schema.json lists what is allowed.',
  },
  SNAPKEEP_CONFIG_NOT_FOUND: {
    exitCode: 2,
    when: 'The configuration file named by --config is not there, or a project is needed and none is found.',
    hint: 'Run snapkeep init in the folder that should become the project.',
  },
  SNAPKEEP_DATASET_UNKNOWN: {
    exitCode: 2,
    when: 'No dataset has that name, in the configuration or under data/.',
    hint: 'snapkeep version list shows the datasets that have versions; the configuration names the others.',
  },
  SNAPKEEP_COLUMN_UNKNOWN: {
    exitCode: 2,
    when: 'A key, filter, time column, policy or schema names a column that the relation lacks.',
    hint: 'snapkeep schema infer NAME shows the columns.',
  },
  SNAPKEEP_NO_CONNECTION: {
    exitCode: 2,
    when: 'Nothing says which database to read.',
    hint: 'Give --url, set DATABASE_URL or PGHOST, or write connection.url into snapkeep.config.yaml.',
  },
  SNAPKEEP_SCHEMA_INVALID: {
    exitCode: 2,
    when: 'The JSON Schema is not valid, uses an unknown keyword or refers to something remote.',
    hint: 'Correct the place that the message names.',
  },
  SNAPKEEP_VERSION_UNKNOWN: {
    exitCode: 2,
    when: 'The selector matches no version of the dataset.',
    hint: 'snapkeep version list NAME shows what there is.',
  },
  SNAPKEEP_VERSION_AMBIGUOUS: {
    exitCode: 2,
    when: 'The selector can mean several versions of the dataset.',
    hint: 'Write one of those that the message names, e.g. v12, or refs/tags/NAME for a tag.',
  },
  SNAPKEEP_PLUGIN_INVALID: {
    exitCode: 2,
    when: 'A plugin could not be loaded, registers a name twice, was made for another version of the contract, or breaks it.',
    hint: 'snapkeep plugins shows what is installed; snapkeep plugins uninstall NAME removes one.',
  },
  SNAPKEEP_CAPABILITY_UNKNOWN: {
    exitCode: 2,
    when: 'The configuration chooses a source, validator, writer, sync target or version store that no plugin provides.',
    hint: 'snapkeep doctor lists the capabilities that are installed.',
  },
  SNAPKEEP_PATH_UNSAFE: {
    exitCode: 2,
    when: 'A path leaves the project, or a link stands where a file or folder must be.',
    hint: 'Use a path inside the project.',
  },
  SNAPKEEP_TYPES_OUTDATED: {
    exitCode: 2,
    when: 'schema types --check finds a file that is not what the schema or the columns give now.',
    hint: 'Write it again: the same command without --check.',
  },
  SNAPKEEP_SQL_FAILED: {
    exitCode: 2,
    when: 'The SQL given to query is not valid, or names something that is not there.',
    hint: 'Datasets are views by name; snapkeep version list shows them.',
  },

  SNAPKEEP_ROWS_INVALID: {
    exitCode: 3,
    when: 'Rows break the dataset’s JSON Schema. Nothing was published.',
    hint: 'Correct the rows at the source, or keep them out: export with --on-invalid quarantine, or drop.',
  },
  SNAPKEEP_TOO_MANY_INVALID: {
    exitCode: 3,
    when: 'More rows break the schema than maxInvalid or --max-invalid allows. Nothing was published.',
    hint: 'Correct the rows at the source, or allow more with --max-invalid.',
  },
  SNAPKEEP_KEY_NOT_UNIQUE: {
    exitCode: 3,
    when: 'The dataset’s key is NULL somewhere or not unique: nothing was published. Or version diff --key names no key.',
    hint: 'Correct the rows, or name columns that tell them apart: --key, or key in the configuration.',
  },
  SNAPKEEP_SCHEMA_INCOMPATIBLE: {
    exitCode: 3,
    when: 'The dataset’s compatibility forbids how its columns or its schema differ from the last version. Nothing was published. Or schema diff found less than was required.',
    hint: 'Tell those who read it, then export with --allow-breaking; snapkeep schema diff NAME shows every change.',
  },
  SNAPKEEP_RULE_BROKEN: {
    exitCode: 3,
    when: 'A quality rule of severity error does not hold. Nothing was published.',
    hint: 'Look at the rows, or change the rule in the configuration.',
  },

  SNAPKEEP_SOURCE_UNREACHABLE: {
    exitCode: 10,
    when: 'The server does not answer or refuses the connection.',
    hint: 'Check host and port, and that the server runs.',
  },
  SNAPKEEP_SOURCE_AUTH: {
    exitCode: 10,
    when: 'The server does not accept user, password or TLS settings.',
    hint: 'Check user and password (PGPASSWORD, ~/.pgpass) and sslmode.',
  },
  SNAPKEEP_SOURCE_PERMISSION: {
    exitCode: 10,
    when: 'The user may not read the relation.',
    hint: 'Ask for GRANT SELECT on it.',
  },
  SNAPKEEP_SOURCE_LOST: {
    exitCode: 10,
    when: 'The connection broke while rows were read.',
    hint: 'Run the export again; nothing was published.',
  },
  SNAPKEEP_SOURCE_STALLED: {
    exitCode: 10,
    when: 'The server sent nothing for longer than the time allowed.',
    hint: 'Look at the server, then run the export again; nothing was published.',
  },
  SNAPKEEP_SOURCE_FAILED: {
    exitCode: 10,
    when: 'The server reports an error.',
    hint: 'The message is the server’s own; nothing was published.',
  },
  SNAPKEEP_TABLE_NOT_FOUND: {
    exitCode: 10,
    when: 'None of the dataset’s tables exists, or they are not visible to this user.',
    hint: 'Names are taken literally, upper and lower case matter; write schema.table for another schema.',
  },

  SNAPKEEP_VALUE_INEXACT: {
    exitCode: 11,
    when: 'A value can’t be held exactly by the type that its column has in the file. Nothing was published.',
    hint: 'Correct the value at the source, allow a substitution with --on-inexact COLUMN=POLICY, or leave the row out with a query.',
  },
  SNAPKEEP_COLUMN_REFUSED: {
    exitCode: 11,
    when: 'A column’s type or name can’t be held exactly in the file.',
    hint: 'Choose another writer, or give the column another form with a query in the configuration, another name with rename.',
  },

  SNAPKEEP_STORAGE_FULL: {
    exitCode: 12,
    when: 'The disk is full or the quota is used up. Nothing was published.',
    hint: 'Make room, then run the command again.',
  },
  SNAPKEEP_STORAGE_FAILED: {
    exitCode: 12,
    when: 'A file could not be read or written.',
    hint: 'Check the disk and the rights on the folder that the message names.',
  },
  SNAPKEEP_MEMORY_LIMIT: {
    exitCode: 12,
    when: 'DuckDB needs more memory than memoryLimitMB allows. Nothing was published.',
    hint: 'Write a larger memoryLimitMB into the configuration, e.g. 1024, then run the command again.',
  },
  SNAPKEEP_SYNC_FAILED: {
    exitCode: 12,
    when: 'The sync target could not be written.',
    hint: 'Run snapkeep sync again once the cause is gone; the snapshot itself is safe.',
  },

  SNAPKEEP_BUSY: {
    exitCode: 13,
    when: 'Another run works on the same dataset.',
    hint: 'Run the command again when it has ended, or with --wait.',
  },
  SNAPKEEP_SYNC_BUSY: {
    exitCode: 13,
    when: 'Another process has the DuckDB file open.',
    hint: 'Close it there, then run snapkeep sync again.',
  },

  SNAPKEEP_INTEGRITY: {
    exitCode: 14,
    when: 'Bytes are not those that the manifest names, or a file is missing.',
    hint: 'snapkeep version verify shows which; a good copy may be in DVC’s cache or remote.',
  },
  SNAPKEEP_VERSIONS_CONFLICT: {
    exitCode: 14,
    when: 'Two clones made versions of one number, and versions.ndjson holds both, or a merge conflict.',
    hint: 'snapkeep version merge NAME keeps both, one after the other.',
  },
  SNAPKEEP_SYNC_MISMATCH: {
    exitCode: 14,
    when: 'The sync target shows another number of rows than the Parquet files.',
    hint: 'The target was left as it was; run snapkeep version verify, then snapkeep sync again.',
  },
  SNAPKEEP_JOURNAL_UNKNOWN: {
    exitCode: 14,
    when: 'A dead run left a state that can’t be told from damage. Nothing was deleted.',
    hint: 'Look at the folder that the message names; snapkeep doctor explains what is in it.',
  },

  SNAPKEEP_GIT_MISSING: { exitCode: 15, when: 'git is not installed or too old.', hint: 'Install git 2.36 or newer.' },
  SNAPKEEP_GIT_NO_REPOSITORY: {
    exitCode: 15,
    when: 'The project is not in a git repository.',
    hint: 'Run snapkeep init, or export with --no-version; schema plan shows the plan without a repository.',
  },
  SNAPKEEP_GIT_STATE: {
    exitCode: 15,
    when: 'HEAD is detached, an identity is missing, a lock is held or a merge is under way.',
    hint: 'Put the repository into order with git, then run the command again.',
  },
  SNAPKEEP_GIT_FAILED: {
    exitCode: 15,
    when: 'git refused to commit or tag; a hook of the repository failed. Everything is as it was.',
    hint: 'Read git’s own message, then run the command again.',
  },

  SNAPKEEP_DVC_MISSING: {
    exitCode: 16,
    when: 'No suitable DVC is found.',
    hint: 'Run snapkeep doctor --fix to install the pinned DVC into the project.',
  },
  SNAPKEEP_DVC_FAILED: {
    exitCode: 16,
    when: 'DVC refused. Everything is as it was.',
    hint: 'Read DVC’s own message, then run the command again.',
  },
  SNAPKEEP_REMOTE_FAILED: {
    exitCode: 16,
    when: 'The remote is not set up, not reachable, or lacks objects.',
    hint: 'Check it with dvc remote list and its credentials, then run the command again.',
  },

  SNAPKEEP_INTERRUPTED: { exitCode: 130, when: 'Ctrl-C. Everything is as it was.', hint: 'Run the command again.' },
  SNAPKEEP_TERMINATED: { exitCode: 143, when: 'SIGTERM. Everything is as it was.', hint: 'Run the command again.' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERRORS;
