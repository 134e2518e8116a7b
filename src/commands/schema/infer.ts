import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { safeJson } from '../../host/safe-json.ts';
import { INEXACT_FLAG, inexactOf } from '../../host/selection-flags.ts';
import { describeColumns } from '../../pipeline/plan-text.ts';
import { inferDatasetSchema, type SchemaInferResult, schemaText } from '../../pipeline/schema/infer.ts';

export default class SchemaInfer extends SnapkeepCommand<typeof SchemaInfer, SchemaInferResult> {
  static override summary = 'Write the JSON Schema that the catalog implies: types, nullability, lengths, enums, key.';
  static override description =
    `Every row that the server can hold passes it. Make it stricter by hand, then name it in the configuration.
How a file would hold each column is shown beside it.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --output schemas/inferred.schema.json',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop > orders.schema.json',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    output: Flags.string({ char: 'o', summary: 'Write it to this file.', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace the file where it is there already.', dependsOn: ['output'] }),
    ...INEXACT_FLAG,
  };

  protected override execute(): Promise<SchemaInferResult> {
    const { output, force } = this.flags;
    return inferDatasetSchema(this.runtime, {
      name: this.args.name,
      output: output === undefined ? undefined : resolve(output),
      force,
      onInexact: inexactOf(this.flags),
    });
  }

  protected override async print({ schema, output, relation, columns }: SchemaInferResult): Promise<void> {
    const { out } = this;
    const described = describeColumns(columns).map(out.safe);
    if (output === null) {
      await out.raw(safeJson(schemaText(schema)));
      for (const line of described) out.note(line);
      return;
    }
    out.line(`${out.colour.green('✓')} ${out.safe(output)}  from ${out.safe(relation)}`);
    out.line();
    for (const line of described) out.line(line);
  }
}
