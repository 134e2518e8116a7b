import { resolve } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { Args, Flags, formatCount, formatDuration, SnapkeepCommand } from '../host/base-command.ts';
import { FAIL_FAST_FLAG, KEY_FLAG, RETRY_FLAG, SELECTION_FLAGS, selectionOf } from '../host/selection-flags.ts';
import { type ValidateResult, validateDataset } from '../pipeline/validate.ts';

export default class Validate extends SnapkeepCommand<typeof Validate, ValidateResult> {
  static override summary =
    'Check every row of the source, a version or a Parquet file; write only a report of bad rows.';
  static override description = `By the dataset's schema of today, or by --schema.
A version is checked with the source's types and as of the instant at which the source was read; a file with the types that DuckDB reads, as of now.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --at v1 --schema schemas/next.schema.json',
    '<%= config.bin %> <%= command.id %> --file events.parquet --schema schemas/events.schema.json --json',
  ];
  static override args = { name: Args.string({ description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    at: Flags.string({
      summary: 'Check this version: v3, latest, a date, a tag or a commit.',
      helpValue: 'VERSION',
      exclusive: ['file'],
    }),
    file: Flags.string({ summary: 'Check this Parquet file.', helpValue: 'FILE' }),
    schema: Flags.string({ summary: 'Judge by this schema, in place of the dataset’s.', helpValue: 'FILE' }),
    ...SELECTION_FLAGS,
    ...KEY_FLAG,
    ...FAIL_FAST_FLAG,
    ...RETRY_FLAG,
  };

  protected override execute(): Promise<ValidateResult> {
    const { at, file, schema, retries, ...flags } = this.flags;
    if (at !== undefined || file !== undefined) this.#refuseSelection(at === undefined ? '--file' : '--at');
    return validateDataset(this.runtime, {
      name: this.args.name,
      at,
      file: file === undefined ? undefined : resolve(file),
      schema: schema === undefined ? undefined : resolve(schema),
      ...selectionOf(flags),
      key: flags.key,
      failFast: flags['fail-fast'],
      retries,
    });
  }

  protected override answers(): boolean {
    return false;
  }

  protected override print({ dataset, version, file, rows, schema, durationMs }: ValidateResult): void {
    const { green, bold } = this.out.colour;
    const what = file ?? (version === null ? String(dataset) : `${dataset} v${version}`);
    this.out.line(
      `${green('✓')} ${bold(this.out.safe(what))}  ${formatCount(rows)} hold to the schema (${this.out.safe(schema)}), ${formatDuration(durationMs)}`,
    );
  }

  /** They choose rows of the source. */
  #refuseSelection(instead: string): void {
    const flags: Readonly<Record<string, unknown>> = this.flags;
    const given = [...Object.keys(SELECTION_FLAGS), 'retries'].find((name) => flags[name] !== undefined);
    if (given === undefined) return;
    throw new SnapkeepError('SNAPKEEP_USAGE', `--${given} is for the source, and ${instead} checks all rows of a file`);
  }
}
