import { Args, Flags, formatBytes, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { type PushResult, pushVersions } from '../../pipeline/version/push.ts';

export default class VersionPush extends SnapkeepCommand<typeof VersionPush, PushResult> {
  static override summary = 'Send versions to a remote, and see that they are complete there.';
  static override description =
    'Bytes are compared with the manifest before they go; afterwards the remote is asked for every object. Also versions whose pointers have left HEAD, which dvc push doesn’t see.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events --dry-run',
    '<%= config.bin %> <%= command.id %> behavioral_events v1..v5 --remote team',
    '<%= config.bin %> <%= command.id %> --all --git',
  ];
  static override args = {
    name: Args.string({ description: 'Dataset; absent: all.' }),
    versions: Args.string({ description: 'v3, latest, or a range v1..v5; absent: the current version.' }),
  };
  static override flags = {
    all: Flags.boolean({ summary: 'Every version.' }),
    'dry-run': Flags.boolean({ summary: 'Say what the remote lacks; send nothing.' }),
    git: Flags.boolean({ summary: 'Push the branch and these versions’ tags too, once their data are there.' }),
    remote: Flags.string({ char: 'r', summary: 'A DVC remote other than the default one.', helpValue: 'NAME' }),
  };

  protected override execute(): Promise<PushResult> {
    const { all, 'dry-run': dryRun, git, remote } = this.flags;
    const { name, versions: selector } = this.args;
    return pushVersions(this.runtime, { name, selector, all, dryRun, git, remote });
  }

  protected override answers({ dryRun }: PushResult): boolean {
    return dryRun;
  }

  protected override print({ remote, versions, sentBytes, git, dryRun }: PushResult): void {
    const { out } = this;
    const { green, bold, dim } = out.colour;
    const toSend = new Map(versions.filter(({ sentObjects }) => sentObjects > 0).map((one) => [one.snapshot, one]));
    const names = [...toSend.values()].map(({ dataset, version }) => `${dataset} v${version}`).join(', ');
    const place = `${bold(remote.name)} ${dim(out.safe(remote.url))}`;
    if (dryRun)
      out.line(names === '' ? `${place} has all of it` : `${place} lacks ${names}: ${formatBytes(sentBytes)}`);
    else {
      const sent = names === '' ? 'had all of it' : `got ${names}: ${formatBytes(sentBytes)}`;
      const complete = new Set(versions.map(({ dataset, snapshot }) => `${dataset}/${snapshot}`)).size;
      out.line(`${green('✓')} ${place} ${sent}`);
      out.line(dim(`  ${formatCount(complete, 'snapshots')} complete there`));
    }
    if (git) out.line(`${green('✓')} git: ${git.branch} and ${formatCount(git.tags, 'tags')} on ${git.remote}`);
  }
}
