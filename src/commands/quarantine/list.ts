import { Args, formatBytes, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { listQuarantines, type QuarantineList } from '../../pipeline/quarantine/list.ts';

export default class QuarantineListCommand extends SnapkeepCommand<typeof QuarantineListCommand, QuarantineList> {
  static override summary = 'List the versions that keep rows which broke their schema.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --json',
  ];
  static override args = { name: Args.string({ description: 'Dataset; absent: all.' }) };

  protected override execute(): Promise<QuarantineList> {
    return listQuarantines(this.runtime, this.args.name);
  }

  protected override print({ quarantines }: QuarantineList): void {
    const { out } = this;
    if (quarantines.length === 0) {
      out.note('No version keeps rows in quarantine; snapkeep export NAME --on-invalid quarantine does.');
      return;
    }
    out.table(
      [
        'version',
        'created',
        { title: 'rows', align: 'right' },
        { title: 'of', align: 'right' },
        'size',
        'rules',
        'folder',
      ],
      quarantines.map(({ dataset, version, createdAt, rows, read, bytes, causes, path }) => [
        `${dataset} v${version}`,
        createdAt.slice(0, 16).replace('T', ' '),
        formatNumber(rows),
        formatNumber(read),
        formatBytes(bytes),
        [...new Set(causes.map(({ column }) => column || 'the row'))].join(', '),
        path,
      ]),
    );
  }
}
