import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { INEXACT_FLAG, inexactOf, KEY_FLAG, SELECTION_FLAGS, selectionOf } from '../../host/selection-flags.ts';
import type { ExportPreview } from '../../pipeline/export/result.ts';
import { describePlan } from '../../pipeline/plan-text.ts';
import { planDataset } from '../../pipeline/schema/plan.ts';

export default class SchemaPlan extends SnapkeepCommand<typeof SchemaPlan, ExportPreview> {
  static override summary = 'Show what an export would do: every column’s type in the file, the rows, the key.';
  static override description = 'The plan of export --dry-run; neither git nor DVC is asked.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop',
    '<%= config.bin %> <%= command.id %> behavioral_events --on-inexact timestamp=null --json',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    ...SELECTION_FLAGS,
    ...KEY_FLAG,
    ...INEXACT_FLAG,
    as: Flags.string({ summary: 'Keep it under this dataset name.', helpValue: 'NAME' }),
  };

  protected override execute(): Promise<ExportPreview> {
    const { flags } = this;
    return planDataset(this.runtime, {
      name: this.args.name,
      as: flags.as,
      ...selectionOf(flags),
      key: flags.key,
      onInexact: inexactOf(flags),
    });
  }

  protected override print({ plan }: ExportPreview): void {
    for (const line of describePlan(plan)) this.out.line(this.out.safe(line));
  }
}
