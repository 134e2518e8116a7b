import { Args, Flags, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { WAIT_FLAG } from '../../host/wait-flag.ts';
import { type CreateResult, createVersion } from '../../pipeline/version/create.ts';

export default class VersionCreate extends SnapkeepCommand<typeof VersionCreate, CreateResult> {
  static override summary =
    'Make a snapshot that is no version yet (--no-version, --where, --limit) the newest version.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events 20261122T020000123Z-3fa9c1d2e4b5',
    '<%= config.bin %> <%= command.id %> behavioral_events 20261122T020000123Z-3fa9c1d2e4b5 --message "one user"',
    '<%= config.bin %> <%= command.id %> behavioral_events 20261122T020000123Z-3fa9c1d2e4b5 --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    snapshot: Args.string({ required: true, description: 'The snapshot’s id: the name of its folder.' }),
  };
  static override flags = {
    ...WAIT_FLAG,
    message: Flags.string({ char: 'm', summary: 'What git and version list say of it.', helpValue: 'TEXT' }),
  };

  protected override execute(): Promise<CreateResult> {
    return createVersion(this.runtime, { ...this.args, message: this.flags.message });
  }

  protected override answers(): boolean {
    return false;
  }

  protected override print({ dataset, version, rows, tag, commit }: CreateResult): void {
    const { green, bold, dim } = this.out.colour;
    this.out.line(`${green('✓')} ${bold(`${dataset} v${version}`)}  ${formatCount(rows)}`);
    if (tag !== null) this.out.line(dim(`  commit ${commit?.slice(0, 10)}, tag ${tag}`));
  }
}
