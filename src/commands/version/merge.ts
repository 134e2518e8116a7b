import { Args, Flags, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { WAIT_FLAG } from '../../host/wait-flag.ts';
import { type MergeResult, mergeVersions } from '../../pipeline/version/merge.ts';

export default class VersionMerge extends SnapkeepCommand<typeof VersionMerge, MergeResult> {
  static override summary = 'Keep the versions of two clones, one after the other.';
  static override description =
    'For a git pull or git merge that stopped because two clones made versions of one number. What is published keeps its numbers, the other versions follow with the next ones; latest is the last. versions.ndjson, notes.ndjson and latest are written and staged: git commit ends the merge.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events --dry-run',
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
  };
  static override flags = {
    ...WAIT_FLAG,
    'dry-run': Flags.boolean({ summary: 'Say what would be renumbered and written; change nothing.' }),
  };

  protected override execute(): Promise<MergeResult> {
    return mergeVersions(this.runtime, { name: this.args.name, dryRun: this.flags['dry-run'] });
  }

  protected override print(result: MergeResult): void {
    const { out } = this;
    const { bold, green, yellow, dim } = out.colour;
    const { dataset, versions, latest, renumbered, written, staged, conflicts, next, unchanged, dryRun } = result;
    const mark = dryRun ? '·' : green('✓');
    out.line(
      unchanged
        ? `${bold(dataset)}: one history already, nothing changes`
        : `${mark} ${bold(dataset)}: ${formatCount(versions, 'versions')}, one after the other; latest is ${latest}`,
    );
    for (const { from, to, message } of renumbered) out.line(`  v${from} → v${to}  ${dim(out.safe(message))}`);
    if (!unchanged) {
      const verb = dryRun ? 'would be written' : staged ? 'written and staged' : 'written';
      out.line(dim(`  ${verb}: ${written.map((path) => out.safe(path)).join(', ')}`));
    }
    for (const path of conflicts) out.line(`${yellow('!')} ${out.safe(path)} is in conflict still`);
    if (next.length > 0 && !dryRun) out.line(`then: ${next.map((command) => out.safe(command)).join('; ')}`);
  }
}
