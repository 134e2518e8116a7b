import { Args, Flags, formatCount, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { WAIT_FLAG } from '../../host/wait-flag.ts';
import { type RollbackResult, rollbackVersion } from '../../pipeline/version/rollback.ts';

export default class VersionRollback extends SnapkeepCommand<typeof VersionRollback, RollbackResult> {
  static override summary = 'Make an older version current again, as one more version.';
  static override description =
    'Every byte is verified by SHA-256 first. Nothing is deleted; git’s history only grows.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events v1',
    '<%= config.bin %> <%= command.id %> behavioral_events latest~1 --dry-run',
    '<%= config.bin %> <%= command.id %> behavioral_events v3 --message "the load of Tuesday was wrong"',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    version: Args.string({ required: true, description: 'v3, latest~1, a snapshot’s id, a date, a tag or a commit.' }),
  };
  static override flags = {
    ...WAIT_FLAG,
    'dry-run': Flags.boolean({ summary: 'Show what readers would see change; change nothing.' }),
    message: Flags.string({ char: 'm', summary: 'What git and version list say of it.', helpValue: 'TEXT' }),
  };

  protected override execute(): Promise<RollbackResult> {
    const { 'dry-run': dryRun, message } = this.flags;
    return rollbackVersion(this.runtime, { name: this.args.name, to: this.args.version, dryRun, message });
  }

  protected override answers({ dryRun }: RollbackResult): boolean {
    return dryRun;
  }

  protected override print(result: RollbackResult): void {
    const { out } = this;
    const { bold, green, dim } = out.colour;
    if (result.unchanged) {
      out.line(`${bold(`${result.dataset} v${result.version}`)} is that snapshot already: nothing changes`);
      return;
    }
    const what = `${result.dataset} v${result.version}`;
    const rows = formatCount(result.rows);
    if (result.dryRun) {
      out.line(`${bold(what)} would hold the snapshot of v${result.to} again: ${rows}`);
      const counts = result.diff?.rows;
      if (counts) {
        out.line(
          `+ ${formatNumber(counts.added)}  - ${formatNumber(counts.removed)}  ~ ${formatNumber(counts.changed)} rows for readers of latest`,
        );
      }
      return;
    }
    out.line(`${green('✓')} ${bold(what)} holds the snapshot of v${result.to} again: ${rows}, every byte verified`);
    if (result.tag !== null)
      out.line(dim(`  commit ${result.commit?.slice(0, 10)}, tag ${result.tag}; v${result.from} is kept`));
  }
}
