import { SYNC_MODES } from '@snapkeep/sdk';
import { Args, Flags, formatCount, SnapkeepCommand } from '../host/base-command.ts';
import { type SyncOutcome, syncDataset } from '../pipeline/sync.ts';

export default class Sync extends SnapkeepCommand<typeof Sync, SyncOutcome> {
  static override summary = 'Load a version into DuckDB: a view on the files, or a table with indexes.';
  static override description =
    'Without --at a view follows the newest version from now on; with it, it names that version.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --mode table --to analytics.duckdb',
    '<%= config.bin %> <%= command.id %> behavioral_events --at v1',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset.' }) };
  static override flags = {
    at: Flags.string({
      summary: 'The version to load: v3, latest~1, a date, a tag or a commit.',
      helpValue: 'VERSION',
    }),
    to: Flags.string({ summary: 'The DuckDB file.', helpValue: 'FILE' }),
    mode: Flags.option({ summary: 'A view on the Parquet files, or a table.', options: SYNC_MODES })(),
    schema: Flags.string({ summary: 'Schema in the target.', helpValue: 'NAME' }),
  };

  protected override execute(): Promise<SyncOutcome> {
    const { at, to, mode, schema } = this.flags;
    return syncDataset(this.runtime, { name: this.args.name, at, to, mode, schema });
  }

  protected override answers(): boolean {
    return false;
  }

  protected override print({ dataset, version, targets }: SyncOutcome): void {
    const { out } = this;
    const { green, bold, dim } = out.colour;
    for (const { relation, to, mode, rows, indexes } of targets) {
      const name = `${dataset}${version === null ? '' : ` v${version}`}`;
      out.line(
        `${green('✓')} ${bold(name)} → ${out.safe(relation)} in ${out.safe(to)} (${mode}), ${formatCount(rows)}`,
      );
      if (indexes.length > 0) out.line(dim(`  indexes: ${out.safe(indexes.join(', '))}`));
    }
  }
}
