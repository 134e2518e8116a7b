import { COMPRESSIONS } from '@snapkeep/sdk';
import {
  Args,
  Flags,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  SnapkeepCommand,
} from '../host/base-command.ts';
import { INEXACT_FLAG, inexactOf, RETRY_FLAG, SELECTION_FLAGS, selectionOf } from '../host/selection-flags.ts';
import { WAIT_FLAG } from '../host/wait-flag.ts';
import { type ExportPreview, type ExportResult, exportDataset, previewExport } from '../pipeline/export/export.ts';
import type { ExportRequest } from '../pipeline/export/request.ts';
import { describePlan } from '../pipeline/plan-text.ts';

export default class Export extends SnapkeepCommand<typeof Export, ExportResult | ExportPreview> {
  static override summary = 'Read a table, check every row, and keep it as a new Parquet snapshot and version.';
  static override description =
    `NAME is a dataset of the configuration, else a table: "table" or "schema.table", taken literally.
An export narrowed by --where, --filter, --user-id or --limit is no version of the dataset unless --as gives it a name of its own.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop --days 90',
    '<%= config.bin %> <%= command.id %> behavioral_events --non-strict --sync --message "before the migration"',
    '<%= config.bin %> <%= command.id %> behavioral_events --dry-run',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    ...SELECTION_FLAGS,
    ...INEXACT_FLAG,
    as: Flags.string({ summary: 'Keep it under this dataset name.', helpValue: 'NAME' }),
    validate: Flags.boolean({ summary: 'Check every row against the schema.', allowNo: true, default: true }),
    'non-strict': Flags.boolean({ summary: 'Leave bad rows out, count them and report them in a CSV file.' }),
    compression: Flags.option({ summary: 'Codec of the Parquet file.', options: COMPRESSIONS })(),
    sync: Flags.boolean({ summary: 'Load the new version into the sync targets.' }),
    version: Flags.boolean({ summary: 'Make it a version: DVC, git, latest.', allowNo: true, default: true }),
    force: Flags.boolean({ summary: 'Make a new version also where nothing changed.' }),
    ...RETRY_FLAG,
    ...WAIT_FLAG,
    message: Flags.string({ char: 'm', summary: 'What git and version list say of it.', helpValue: 'TEXT' }),
    'dry-run': Flags.boolean({ summary: 'Show the plan; read and write nothing.' }),
  };

  protected override execute(): Promise<ExportResult | ExportPreview> {
    const { flags } = this;
    const request: ExportRequest = {
      name: this.args.name,
      as: flags.as,
      ...selectionOf(flags),
      validate: flags.validate,
      onInvalid: flags['non-strict'] ? 'drop' : undefined,
      onInexact: inexactOf(flags),
      compression: flags.compression,
      sync: flags.sync,
      version: flags.version,
      force: flags.force,
      retries: flags.retries,
      message: flags.message,
    };
    return flags['dry-run'] ? previewExport(this.runtime, request) : exportDataset(this.runtime, request);
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
        `${bold(name)} holds the same content already: nothing was written (--force makes a version all the same)`,
      );
      return;
    }
    const substituted = result.substitutions.reduce((sum, { values }) => sum + values, 0);
    const facts = [
      formatCount(result.rows),
      formatBytes(result.bytes),
      formatDuration(result.durationMs),
      ...(substituted > 0 ? [`${formatNumber(substituted)} values substituted`] : []),
    ];
    out.line(`${green('✓')} ${bold(name)}  ${facts.join(', ')}`);
    out.line(dim(`  ${result.path}/`));
    if (result.tag !== null) out.line(dim(`  commit ${result.commit?.slice(0, 10)}, tag ${result.tag}`));
    if (result.version === null)
      out.line(dim(`  no version; snapkeep version create ${result.dataset} ${result.snapshot} makes it one`));
    for (const cause of result.causes.slice(0, 5)) {
      out.line(`  left out: ${out.safe(`${cause.column} ${cause.message}`)} (${formatCount(cause.rows)})`);
      for (const { key, row, value } of cause.examples) {
        const keyText = Object.entries(key).map(([column, text]) => `${column}=${text}`);
        out.line(
          dim(`    ${out.safe(keyText.length > 0 ? keyText.join(' ') : `row ${row}`)}: ${out.safe(value ?? 'NULL')}`),
        );
      }
    }
    if (result.report !== null) out.line(`  all of them: ${result.report}`);
    for (const target of result.synced) {
      out.line(
        `${green('✓')} ${out.safe(target.relation)} in ${out.safe(target.to)} (${target.mode}), ${formatCount(target.rows)}`,
      );
    }
  }
}
