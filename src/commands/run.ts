import { COMPRESSIONS, INVALID_POLICIES, type SnapkeepError } from '@snapkeep/sdk';
import { Args, Flags, formatBytes, formatCount, formatDuration, SnapkeepCommand } from '../host/base-command.ts';
import { FAIL_FAST_FLAG, RETRY_FLAG, SELECTION_FLAGS } from '../host/selection-flags.ts';
import { WAIT_FLAG } from '../host/wait-flag.ts';
import { LANE_CHOICES } from '../pipeline/export/lane.ts';
import type { ExportResult } from '../pipeline/export/result.ts';
import { describePlan } from '../pipeline/plan-text.ts';
import type { RunPreview, RunRequest, RunResult } from '../pipeline/run/request.ts';
import { previewRun, runDatasets } from '../pipeline/run/run.ts';

export default class Run extends SnapkeepCommand<typeof Run, RunResult | RunPreview> {
  static override summary = 'Export all datasets from one instant, make them versions in one commit, and sync them.';
  static override description =
    `NAME is a dataset of the configuration, or a table; without any, all datasets of the configuration are meant.
All of them are read from one exported snapshot of the server, so that they fit together: no order without its customer. Where one fails nothing is published, unless --keep-going is given. --days, --since and --until narrow the datasets that have a time column; the others are read whole.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> customers orders --jobs 2 --message "before the migration"',
    '<%= config.bin %> <%= command.id %> --keep-going --on-invalid quarantine --max-invalid 1%',
    '<%= config.bin %> <%= command.id %> --dry-run',
  ];
  static override args = {
    name: Args.string({ description: 'Datasets, tables or schema.table; absent: all datasets.', multiple: true }),
  };
  static override flags = {
    jobs: Flags.integer({
      char: 'j',
      summary: 'How many datasets are read at once [default: one for each core, at most 4].',
      helpValue: 'N',
      min: 1,
      max: 64,
    }),
    'keep-going': Flags.boolean({
      char: 'k',
      summary: 'Publish what succeeded where something else failed; the exit code is still that of the first failure.',
    }),
    days: SELECTION_FLAGS.days,
    since: SELECTION_FLAGS.since,
    until: SELECTION_FLAGS.until,
    'batch-rows': SELECTION_FLAGS['batch-rows'],
    validate: Flags.boolean({ summary: 'Check every row against its schema.', allowNo: true, default: true }),
    'on-invalid': Flags.option({
      summary: 'Rows that break a schema: nothing is published (default), they are kept beside, or left out.',
      options: INVALID_POLICIES,
    })(),
    'max-invalid': Flags.string({
      summary: 'With quarantine or drop: a dataset fails where more rows, or a larger share, break its schema.',
      helpValue: 'N|P%',
    }),
    ...FAIL_FAST_FLAG,
    'non-strict': Flags.boolean({
      summary: 'Short for --on-invalid drop: leave bad rows out, count them and report them in CSV files.',
      exclusive: ['on-invalid'],
    }),
    lane: Flags.option({
      summary: 'How rows move: one by one, as bytes with the schema in SQL, or as suits each table.',
      options: LANE_CHOICES,
      default: 'auto',
    })(),
    compression: Flags.option({ summary: 'Codec of the Parquet files.', options: COMPRESSIONS })(),
    sync: Flags.boolean({
      summary: 'Load the datasets that have sync targets in the configuration into them.',
      allowNo: true,
      default: true,
    }),
    version: Flags.boolean({ summary: 'Make them versions: DVC, git, latest.', allowNo: true, default: true }),
    'allow-breaking': Flags.boolean({ summary: 'Break the datasets’ compatibility this once.' }),
    force: Flags.boolean({ summary: 'Make new versions also where nothing changed.' }),
    ...RETRY_FLAG,
    ...WAIT_FLAG,
    message: Flags.string({ char: 'm', summary: 'What git and version list say of it.', helpValue: 'TEXT' }),
    'dry-run': Flags.boolean({ summary: 'Show the plans; read and write nothing. Ends as the run would.' }),
  };

  #failure: SnapkeepError | undefined;

  protected override async execute(): Promise<RunResult | RunPreview> {
    const { flags } = this;
    const request: RunRequest = {
      names: this.args.name ?? [],
      jobs: flags.jobs,
      keepGoing: flags['keep-going'],
      sync: flags.sync,
      each: {
        days: flags.days,
        since: flags.since,
        until: flags.until,
        batchRows: flags['batch-rows'],
        validate: flags.validate,
        lane: flags.lane,
        onInvalid: flags['non-strict'] ? 'drop' : flags['on-invalid'],
        maxInvalid: flags['max-invalid'],
        failFast: flags['fail-fast'],
        compression: flags.compression,
        version: flags.version,
        allowBreaking: flags['allow-breaking'],
        force: flags.force,
        retries: flags.retries,
        message: flags.message,
      },
    };
    if (flags['dry-run']) return previewRun(this.runtime, request);
    const { result, failure } = await runDatasets(this.runtime, request);
    this.#failure = failure;
    return result;
  }

  protected override answers(result: RunResult | RunPreview): boolean {
    return 'dryRun' in result;
  }

  protected override failureOf(): SnapkeepError | undefined {
    return this.#failure;
  }

  protected override print(result: RunResult | RunPreview): void {
    const { out } = this;
    if ('dryRun' in result) {
      for (const [index, plan] of result.plans.entries()) {
        if (index > 0) out.line('');
        for (const line of describePlan(plan)) out.line(out.safe(line));
      }
      return;
    }
    const { dim } = out.colour;
    for (const one of result.datasets) this.#printDataset(one);
    const made = result.datasets.filter(({ unchanged }) => !unchanged);
    const commit = result.commit === null ? '' : `, commit ${result.commit.slice(0, 10)}`;
    out.line(
      dim(
        `  ${formatCount(made.length, 'snapshots')} of ${result.instant.time}${commit}, ${formatDuration(result.durationMs)}`,
      ),
    );
  }

  #printDataset({ dataset, version, unchanged, rows, bytes, rejected, quarantine, synced }: ExportResult): void {
    const { out } = this;
    const { bold, green } = out.colour;
    const name = bold(`${dataset}${version === null ? '' : ` v${version}`}`);
    if (unchanged) out.line(`${green('✓')} ${name}  unchanged`);
    else {
      const verb = quarantine === null ? 'left out' : 'in quarantine';
      const bad = rejected === 0 ? [] : [`${formatCount(rejected)} ${verb}`];
      out.line(`${green('✓')} ${name}  ${[formatCount(rows), formatBytes(bytes), ...bad].join(', ')}`);
    }
    for (const target of synced) {
      out.line(
        `    → ${out.safe(target.relation)} in ${out.safe(target.to)} (${target.mode}), ${formatCount(target.rows)}`,
      );
    }
  }
}
