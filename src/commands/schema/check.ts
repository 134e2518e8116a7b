import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { checkSchema, type SchemaCheckResult } from '../../pipeline/schema/check.ts';

export default class SchemaCheck extends SnapkeepCommand<typeof SchemaCheck, SchemaCheckResult> {
  static override summary = 'Check a schema itself: its keywords, references and patterns. No connection is opened.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> --file schemas/orders.schema.json',
    '<%= config.bin %> <%= command.id %> behavioral_events --json',
  ];
  static override args = { name: Args.string({ description: 'Dataset of the configuration.' }) };
  static override flags = {
    file: Flags.string({ summary: 'The schema in this file.', helpValue: 'FILE' }),
  };

  protected override execute(): Promise<SchemaCheckResult> {
    const { file } = this.flags;
    return checkSchema(this.runtime, { name: this.args.name, file: file === undefined ? undefined : resolve(file) });
  }

  protected override print({ schema, validator }: SchemaCheckResult): void {
    this.out.line(`${this.out.colour.green('✓')} ${this.out.safe(schema)} can be used by the validator ${validator}`);
  }
}
