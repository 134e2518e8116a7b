import { resolve } from 'node:path';
import { SnapkeepError } from '@snapkeep/sdk';
import { Args, Flags, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { QUARANTINE_FLAGS } from '../../host/quarantine-flags.ts';
import { EXPORT_FORMATS, type ExportedQuarantine, exportQuarantine } from '../../pipeline/quarantine/export.ts';

export default class QuarantineExport extends SnapkeepCommand<typeof QuarantineExport, ExportedQuarantine> {
  static override summary = 'Write rows that broke the schema as CSV, for people, or as NDJSON, for programs.';
  static override description =
    `CSV: what is broken, then every column as the server wrote it. NDJSON: {key, violations, source} a line.
Values of columns that the schema calls x-sensitive are masked unless --unmasked.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events > bad-rows.csv',
    '<%= config.bin %> <%= command.id %> behavioral_events --at v3 --output bad-rows.csv',
    '<%= config.bin %> <%= command.id %> orders --column amount --format ndjson | jq .key',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset.' }) };
  static override flags = {
    ...QUARANTINE_FLAGS,
    format: Flags.option({
      summary: 'The form of the text; absent: what the file’s name says, else csv.',
      options: EXPORT_FORMATS,
    })(),
    output: Flags.string({ char: 'o', summary: 'Write to this file, in place of stdout.', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace the file where it is there already.', dependsOn: ['output'] }),
    unmasked: Flags.boolean({ summary: 'Show values of x-sensitive columns too.' }),
  };

  protected override execute(): Promise<ExportedQuarantine> {
    const { at, column, where, format, output, force, unmasked } = this.flags;
    if (this.flags.json && output === undefined) {
      throw new SnapkeepError('SNAPKEEP_USAGE', '--json tells about the file, and none is named', {
        hint: 'Name one with --output, or leave out --json: --format ndjson writes JSON.',
      });
    }
    const request = {
      name: this.args.name,
      at,
      column,
      where,
      format,
      force: force ?? false,
      unmasked: unmasked ?? false,
    };
    return exportQuarantine(
      this.runtime,
      { ...request, output: output === undefined ? undefined : resolve(output) },
      (text) => this.out.raw(this.out.isTerminal ? this.#safeLines(text) : text),
    );
  }

  protected override answers({ output }: ExportedQuarantine): boolean {
    return output === null;
  }

  protected override print({ dataset, version, rows, output }: ExportedQuarantine): void {
    if (output === null) return;
    this.out.line(
      `${this.out.colour.green('✓')} ${formatCount(rows)} of ${dataset} v${version}: ${this.out.safe(output)}`,
    );
  }

  /** A terminal gets no control characters of the data; a file or a pipe gets the data as they are. */
  #safeLines(text: string): string {
    return text
      .split('\n')
      .map((line) => this.out.safe(line))
      .join('\n');
  }
}
