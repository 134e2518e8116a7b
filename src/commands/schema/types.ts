import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { type SchemaTypesResult, typesOfDataset } from '../../pipeline/schema/types.ts';

export default class SchemaTypes extends SnapkeepCommand<typeof SchemaTypes, SchemaTypesResult> {
  static override summary = 'Write the TypeScript type of one row.';
  static override description =
    'From the dataset’s schema, or from the catalog where it has none. Only a file that was generated is replaced.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --output src/behavioral-events.ts',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    output: Flags.string({ char: 'o', summary: 'Write it to this file.', helpValue: 'FILE' }),
  };

  protected override execute(): Promise<SchemaTypesResult> {
    const { output } = this.flags;
    return typesOfDataset(this.runtime, {
      name: this.args.name,
      output: output === undefined ? undefined : resolve(output),
    });
  }

  protected override async print({ types, output, origin }: SchemaTypesResult): Promise<void> {
    if (output === null) await this.out.raw(types);
    else this.out.line(`${this.out.colour.green('✓')} ${this.out.safe(output)}  from ${this.out.safe(origin)}`);
  }
}
