import { Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { describeConfig, type ShownConfig } from '../../host/config/show.ts';

export default class ConfigShow extends SnapkeepCommand<typeof ConfigShow, ShownConfig> {
  static override summary = 'Show the configuration in force, secrets masked.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --origin',
    '<%= config.bin %> <%= command.id %> --profile prod --json',
  ];
  static override flags = {
    origin: Flags.boolean({ summary: 'Also say where each value comes from.' }),
  };

  protected override async execute(): Promise<ShownConfig> {
    return describeConfig(this.loaded);
  }

  protected override print({ root, file, profile, values }: ShownConfig): void {
    const { out } = this;
    out.line(`project  ${out.safe(root)}`);
    out.line(`file     ${file === null ? 'none' : out.safe(file)}`);
    out.line(`profile  ${profile ?? 'none'}`);
    out.line();
    const shown = values.map(({ key, value, origin }) => [key, textOf(value), origin]);
    if (this.flags.origin) out.table(['key', 'value', 'origin'], shown);
    else out.table(['key', 'value'], shown);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
