import { Args, Flags, formatBytes, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { WAIT_FLAG } from '../../host/wait-flag.ts';
import { type PullResult, pullVersions } from '../../pipeline/version/pull.ts';

export default class VersionPull extends SnapkeepCommand<typeof VersionPull, PullResult> {
  static override summary = 'Bring versions from a remote, every byte verified.';
  static override description =
    'Into DVC’s cache and the work tree; also versions whose pointers have left HEAD, which dvc pull doesn’t see. git’s part (git pull) is yours.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events --dry-run',
    '<%= config.bin %> <%= command.id %> behavioral_events v3',
    '<%= config.bin %> <%= command.id %> --all --remote team',
  ];
  static override args = {
    name: Args.string({ description: 'Dataset; absent: all.' }),
    versions: Args.string({ description: 'v3, latest, or a range v1..v5; absent: the current version.' }),
  };
  static override flags = {
    ...WAIT_FLAG,
    all: Flags.boolean({ summary: 'Every version.' }),
    'dry-run': Flags.boolean({ summary: 'Say what would come; fetch nothing.' }),
    remote: Flags.string({ char: 'r', summary: 'A DVC remote other than the default one.', helpValue: 'NAME' }),
  };

  protected override execute(): Promise<PullResult> {
    const { all, 'dry-run': dryRun, remote } = this.flags;
    const { name, versions: selector } = this.args;
    return pullVersions(this.runtime, { name, selector, all, dryRun, remote });
  }

  protected override answers({ dryRun }: PullResult): boolean {
    return dryRun;
  }

  protected override print({ remote, versions, fetchedBytes, dryRun }: PullResult): void {
    const { out } = this;
    const { green, bold, dim } = out.colour;
    for (const { dataset, version, rows, bytes, fetchedObjects, restored } of versions) {
      const came = fetchedObjects > 0 ? `from ${remote.name}` : restored ? 'from the cache' : 'is here already';
      const mark = dryRun ? '·' : green('✓');
      out.line(`${mark} ${bold(`${dataset} v${version}`)}  ${formatCount(rows)}, ${formatBytes(bytes)}  ${dim(came)}`);
    }
    if (fetchedBytes > 0)
      out.line(dim(`  ${formatBytes(fetchedBytes)} ${dryRun ? 'would come' : 'came'} from ${out.safe(remote.url)}`));
  }
}
