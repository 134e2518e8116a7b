import { Args, formatCount, formatDuration, SnapkeepCommand } from '../host/base-command.ts';
import { FAIL_FAST_FLAG, KEY_FLAG, RETRY_FLAG, SELECTION_FLAGS, selectionOf } from '../host/selection-flags.ts';
import { type ValidateResult, validateDataset } from '../pipeline/validate.ts';

export default class Validate extends SnapkeepCommand<typeof Validate, ValidateResult> {
  static override summary = 'Check every row of the source against the schema; write only a report of bad rows.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --days 7',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop --json',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = { ...SELECTION_FLAGS, ...KEY_FLAG, ...FAIL_FAST_FLAG, ...RETRY_FLAG };

  protected override execute(): Promise<ValidateResult> {
    const { flags } = this;
    return validateDataset(this.runtime, {
      name: this.args.name,
      ...selectionOf(flags),
      key: flags.key,
      failFast: flags['fail-fast'],
      retries: flags.retries,
    });
  }

  protected override answers(): boolean {
    return false;
  }

  protected override print({ dataset, rows, schema, durationMs }: ValidateResult): void {
    const { green, bold } = this.out.colour;
    this.out.line(
      `${green('✓')} ${bold(dataset)}  ${formatCount(rows)} hold to the schema (${schema}), ${formatDuration(durationMs)}`,
    );
  }
}
