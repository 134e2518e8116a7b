import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { checkSchema, type SchemaCheckResult } from '../../pipeline/schema/check.ts';

export default class SchemaCheck extends SnapkeepCommand<typeof SchemaCheck, SchemaCheckResult> {
  static override summary =
    'Check a schema itself, and against the dataset’s columns; no connection is opened without --live.';
  static override description =
    `Keywords, references, patterns that could run without end, limits, names that stand twice: every problem with file, line and column.
Columns are those of the newest version, or with --live the table's.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> --file schemas/orders.schema.json',
    '<%= config.bin %> <%= command.id %> behavioral_events --live',
    '<%= config.bin %> <%= command.id %> behavioral_events --json',
  ];
  static override args = { name: Args.string({ description: 'Dataset of the configuration.' }) };
  static override flags = {
    file: Flags.string({ summary: 'The schema in this file.', helpValue: 'FILE' }),
    live: Flags.boolean({ summary: 'Ask the table for its columns.' }),
  };

  protected override execute(): Promise<SchemaCheckResult> {
    const { file, live } = this.flags;
    return checkSchema(this.runtime, {
      name: this.args.name,
      live,
      file: file === undefined ? undefined : resolve(file),
    });
  }

  protected override print({ schema, validator, columnsOf, warnings }: SchemaCheckResult): void {
    const { out } = this;
    for (const { message, line, column } of warnings) {
      out.line(
        `${out.colour.yellow('!')} ${out.safe(line === null ? schema : `${schema}:${line}:${column}`)}: ${out.safe(message)}`,
      );
    }
    const against = columnsOf === null ? '' : `, held against the columns of ${out.safe(columnsOf)}`;
    out.line(`${out.colour.green('✓')} ${out.safe(schema)} can be used by the validator ${validator}${against}`);
  }
}
