import { Args, formatBytes, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { changeText } from '../../pipeline/version/change-text.ts';
import { listVersions, type VersionList } from '../../pipeline/version/list.ts';

export default class VersionListCommand extends SnapkeepCommand<typeof VersionListCommand, VersionList> {
  static override summary = 'List the versions of a dataset, or of all.';
  static override description =
    'change: rows against the version before, as the manifests have them; version diff compares the rows themselves. data: removed where version gc --confirm let the only copy go, so that the version can’t be restored.';
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
    const tagged = versions.some(({ tags }) => tags.length > 0);
    const removed = versions.some((version) => version.removed !== null);
    const noted = versions.some(({ notes }) => notes.length > 0);
    out.table(
      [
        '',
        ...(several ? ['dataset'] : []),
        'version',
        'created (UTC)',
        { title: 'rows', align: 'right' },
        { title: 'change', align: 'right' },
        { title: 'size', align: 'right' },
        'commit',
        ...(tagged ? ['tags'] : []),
        ...(removed ? ['data'] : []),
        ...(noted ? [{ title: 'notes', align: 'right' } as const] : []),
        { title: 'message', shrink: true },
      ],
      versions.map((version) => [
        version.current ? '●' : '',
        ...(several ? [version.dataset] : []),
        `v${version.version}`,
        version.createdAt.slice(0, 19).replace('T', ' '),
        formatNumber(version.rows),
        changeText(version.change),
        formatBytes(version.bytes),
        version.commit?.slice(0, 8) ?? '',
        ...(tagged ? [version.tags.join(', ')] : []),
        ...(removed ? [version.removed === null ? '' : `removed ${version.removed.slice(0, 10)}`] : []),
        ...(noted ? [version.notes.length === 0 ? '' : String(version.notes.length)] : []),
        version.message,
      ]),
    );
  }
}
