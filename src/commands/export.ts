import { COMPRESSIONS, INVALID_POLICIES } from '@snapkeep/sdk';
import {
  Args,
  Flags,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  SnapkeepCommand,
} from '../host/base-command.ts';
import {
  FAIL_FAST_FLAG,
  INEXACT_FLAG,
  inexactOf,
  KEY_FLAG,
  RETRY_FLAG,
  SELECTION_FLAGS,
  selectionOf,
} from '../host/selection-flags.ts';
import { WAIT_FLAG } from '../host/wait-flag.ts';
import { exportDataset, previewExport } from '../pipeline/export/export.ts';
import { LANE_CHOICES } from '../pipeline/export/lane.ts';
import type { ExportRequest } from '../pipeline/export/request.ts';
import type { ExportPreview, ExportResult } from '../pipeline/export/result.ts';
import { MAX_REPORT_LINES } from '../pipeline/invalid/rejections.ts';
import { rowName, shownText } from '../pipeline/invalid/rows-invalid.ts';
import { ruleText } from '../pipeline/invalid/shown.ts';
import { describePlan } from '../pipeline/plan-text.ts';

const CAUSES_SHOWN = 5;

export default class Export extends SnapkeepCommand<typeof Export, ExportResult | ExportPreview> {
  static override summary = 'Read a table, check every row, and keep it as a new Parquet snapshot and version.';
  static override description =
    `NAME is a dataset of the configuration, else a table: "table" or "schema.table", taken literally.
An export narrowed by --where, --filter, --user-id or --limit is no version of the dataset unless --as gives it a name of its own.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop --days 90',
    '<%= config.bin %> <%= command.id %> behavioral_events --on-invalid quarantine --max-invalid 1% --sync',
    '<%= config.bin %> <%= command.id %> behavioral_events --non-strict --message "before the migration"',
    '<%= config.bin %> <%= command.id %> behavioral_events --dry-run',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    ...SELECTION_FLAGS,
    ...KEY_FLAG,
    ...INEXACT_FLAG,
    as: Flags.string({ summary: 'Keep it under this dataset name.', helpValue: 'NAME' }),
    validate: Flags.boolean({ summary: 'Check every row against the schema.', allowNo: true, default: true }),
    'on-invalid': Flags.option({
      summary: 'Rows that break the schema: nothing is published (default), they are kept beside, or left out.',
      options: INVALID_POLICIES,
    })(),
    'max-invalid': Flags.string({
      summary: 'With quarantine or drop: publish nothing where more rows, or a larger share, break the schema.',
      helpValue: 'N|P%',
    }),
    ...FAIL_FAST_FLAG,
    'non-strict': Flags.boolean({
      summary: 'Short for --on-invalid drop: leave bad rows out, count them and report them in a CSV file.',
      exclusive: ['on-invalid'],
    }),
    lane: Flags.option({
      summary: 'How rows move: one by one, as bytes with the schema in SQL, or as suits the table.',
      options: LANE_CHOICES,
      default: 'auto',
    })(),
    jobs: Flags.integer({
      char: 'j',
      summary: 'Read through so many connections at once, in parts by the place of the rows [default: 1].',
      helpValue: 'N',
      min: 1,
      max: 64,
    }),
    compression: Flags.option({ summary: 'Codec of the Parquet file.', options: COMPRESSIONS })(),
    sync: Flags.boolean({ summary: 'Load the new version into the sync targets.' }),
    version: Flags.boolean({ summary: 'Make it a version: DVC, git, latest.', allowNo: true, default: true }),
    'allow-breaking': Flags.boolean({ summary: 'Break the dataset’s compatibility this once.' }),
    force: Flags.boolean({ summary: 'Make a new version also where nothing changed.' }),
    ...RETRY_FLAG,
    ...WAIT_FLAG,
    message: Flags.string({ char: 'm', summary: 'What git and version list say of it.', helpValue: 'TEXT' }),
    'dry-run': Flags.boolean({
      summary: 'Show the plan; read and write nothing. Ends as the export would; schema plan needs no repository.',
    }),
  };

  protected override execute(): Promise<ExportResult | ExportPreview> {
    const { flags } = this;
    const request: ExportRequest = {
      name: this.args.name,
      as: flags.as,
      ...selectionOf(flags),
      key: flags.key,
      validate: flags.validate,
      lane: flags.lane,
      jobs: flags.jobs,
      onInvalid: flags['non-strict'] ? 'drop' : flags['on-invalid'],
      maxInvalid: flags['max-invalid'],
      failFast: flags['fail-fast'],
      onInexact: inexactOf(flags),
      compression: flags.compression,
      sync: flags.sync,
      version: flags.version,
      allowBreaking: flags['allow-breaking'],
      force: flags.force,
      retries: flags.retries,
      message: flags.message,
    };
    return flags['dry-run'] ? previewExport(this.runtime, request) : exportDataset(this.runtime, request);
  }

  protected override answers(result: ExportResult | ExportPreview): boolean {
    return 'dryRun' in result;
  }

  protected override print(result: ExportResult | ExportPreview): void {
    const { out } = this;
    if ('dryRun' in result) {
      for (const line of describePlan(result.plan)) out.line(out.safe(line));
      return;
    }
    const { bold, green, dim } = out.colour;
    const name = `${result.dataset}${result.version === null ? '' : ` v${result.version}`}`;
    if (result.unchanged) {
      out.line(
        `${bold(name)} holds the same content already: no new version was made (--force makes one all the same)`,
      );
      this.#printSynced(result);
      return;
    }
    const substituted = result.substitutions.reduce((sum, { values }) => sum + values, 0);
    const facts = [
      formatCount(result.rows),
      formatBytes(result.bytes),
      formatDuration(result.durationMs),
      ...(substituted > 0 ? [`${formatCount(substituted, 'values')} substituted`] : []),
    ];
    out.line(`${green('✓')} ${bold(name)}  ${facts.join(', ')}`);
    out.line(dim(`  ${result.path}/`));
    if (result.tag !== null) out.line(dim(`  commit ${result.commit?.slice(0, 10)}, tag ${result.tag}`));
    if (result.version === null)
      out.line(dim(`  no version; snapkeep version create ${result.dataset} ${result.snapshot} makes it one`));
    const verb = result.quarantine === null ? 'left out' : 'in quarantine';
    for (const cause of result.causes.slice(0, CAUSES_SHOWN)) {
      out.line(`  ${verb}: ${out.safe(ruleText(cause))} (${formatCount(cause.rows)})`);
      for (const example of cause.examples) {
        out.line(dim(`    ${out.safe(rowName(example))}: ${out.safe(shownText(example.value))}`));
      }
    }
    const untold = result.causes.length - CAUSES_SHOWN;
    if (untold > 0) out.line(`  ${verb}: by ${formatCount(untold, 'more rules')}`);
    if (result.quarantine !== null) out.line(`  look at them: snapkeep quarantine show ${result.dataset}`);
    const reasons = result.causes.reduce((sum, { rows }) => sum + rows, 0);
    const all = reasons > MAX_REPORT_LINES ? `the first ${formatNumber(MAX_REPORT_LINES)} reasons` : 'all of them';
    if (result.report !== null) out.line(`  ${all}: ${result.report}`);
    this.#printSynced(result);
  }

  #printSynced({ synced }: ExportResult): void {
    const { out } = this;
    for (const { relation, to, mode, rows } of synced) {
      out.line(`${out.colour.green('✓')} ${out.safe(relation)} in ${out.safe(to)} (${mode}), ${formatCount(rows)}`);
    }
  }
}
