import { Args, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { type DiffResult, diffVersions } from '../../pipeline/version/diff.ts';

export default class VersionDiff extends SnapkeepCommand<typeof VersionDiff, DiffResult> {
  static override summary = 'Compare two versions by their key: rows added, removed, changed, and in which columns.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events v1 v2',
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events latest~1 latest --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    from: Args.string({ default: 'latest~1', description: 'The version before.' }),
    to: Args.string({ default: 'latest', description: 'The version after.' }),
  };

  protected override execute(): Promise<DiffResult> {
    return diffVersions(this.runtime, this.args);
  }

  protected override print(diff: DiffResult): void {
    const { out } = this;
    const { bold, green, red, yellow, dim } = out.colour;
    const { rows, key, window } = diff;
    out.line(bold(`${diff.dataset} v${diff.from.version} → v${diff.to.version}`));
    if (window !== null) {
      out.line(
        `only ${window.from ?? '…'} <= ${out.safe(window.column)} < ${window.to ?? '…'}, which both versions cover`,
      );
    }
    out.line(`${green('+')} ${formatNumber(rows.added)} added`);
    out.line(`${red('-')} ${formatNumber(rows.removed)} removed`);
    if (key !== null) out.line(`${yellow('~')} ${formatNumber(rows.changed)} changed`);
    out.line(dim(`= ${formatNumber(rows.unchanged)} unchanged`));
    for (const { name, changed } of diff.columns) out.line(`    ${out.safe(name)}: ${formatNumber(changed)} changed`);
    if (key === null) out.line(dim('no common key: a row counts as a whole, a changed one as removed and added'));
    for (const { column, change, from, to } of diff.schema) {
      out.line(`column ${out.safe(column)}: ${change === 'type' ? `${from} → ${to}` : change}`);
    }
  }
}
