import { Args, formatBytes, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { listVersions, type VersionList } from '../../pipeline/version/list.ts';

export default class VersionListCommand extends SnapkeepCommand<typeof VersionListCommand, VersionList> {
  static override summary = 'List the versions of a dataset, or of all.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> behavioral_events --json',
  ];
  static override args = { name: Args.string({ description: 'Dataset; absent: all.' }) };

  protected override execute(): Promise<VersionList> {
    return listVersions(this.runtime, this.args.name);
  }

  protected override print({ versions }: VersionList): void {
    const { out } = this;
    if (versions.length === 0) {
      out.note('No dataset has a version yet. Make one: snapkeep export NAME');
      return;
    }
    const several = new Set(versions.map(({ dataset }) => dataset)).size > 1;
    out.table(
      [
        '',
        ...(several ? ['dataset'] : []),
        'version',
        { title: 'rows', align: 'right' },
        { title: 'size', align: 'right' },
        'created (UTC)',
        'commit',
        { title: 'message', shrink: true },
      ],
      versions.map((version) => [
        version.current ? '●' : '',
        ...(several ? [version.dataset] : []),
        `v${version.version}`,
        formatNumber(version.rows),
        formatBytes(version.bytes),
        version.createdAt.slice(0, 19).replace('T', ' '),
        version.commit?.slice(0, 8) ?? '',
        version.message,
      ]),
    );
  }
}
