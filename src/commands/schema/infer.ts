import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { inferDatasetSchema, type SchemaInferResult, schemaText } from '../../pipeline/schema/infer.ts';

export default class SchemaInfer extends SnapkeepCommand<typeof SchemaInfer, SchemaInferResult> {
  static override summary = 'Write the JSON Schema that the catalog implies: types, nullability, lengths, enums, key.';
  static override description =
    'Every row that the server can hold passes it. Make it stricter by hand, then name it in the configuration.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --output schemas/inferred.schema.json',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop > orders.schema.json',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    output: Flags.string({ char: 'o', summary: 'Write it to this file.', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace the file where it is there already.', dependsOn: ['output'] }),
  };

  protected override execute(): Promise<SchemaInferResult> {
    const { output, force } = this.flags;
    return inferDatasetSchema(this.runtime, {
      name: this.args.name,
      output: output === undefined ? undefined : resolve(output),
      force,
    });
  }

  protected override async print({ schema, output, relation }: SchemaInferResult): Promise<void> {
    if (output === null) await this.out.raw(schemaText(schema));
    else this.out.line(`${this.out.colour.green('✓')} ${this.out.safe(output)}  from ${this.out.safe(relation)}`);
  }
}
