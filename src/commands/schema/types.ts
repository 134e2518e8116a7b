import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { ROW_FORMS } from '../../pipeline/schema/row-forms.ts';
import { type SchemaTypesResult, typesOfDatasets } from '../../pipeline/schema/types.ts';

export default class SchemaTypes extends SnapkeepCommand<typeof SchemaTypes, SchemaTypesResult> {
  static override summary = 'Write the TypeScript type of one row.';
  static override description =
    `json: as the validator sees it, from the dataset’s schema, or from the catalog where it has none.
query: as query --json gives it, by the names of its columns. duckdb: as getRowObjects() of DuckDB’s Node API gives it; both from the columns of the newest version.
Only a file that was generated is replaced.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --form duckdb --output src/behavioral-events.ts',
    '<%= config.bin %> <%= command.id %> --directory src/types --check',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop',
  ];
  static override args = {
    name: Args.string({ description: 'Dataset, table or schema.table. Absent: every dataset of the configuration.' }),
  };
  static override flags = {
    form: Flags.option({ summary: 'Whose rows they are.', options: ROW_FORMS, default: 'json' as const })(),
    output: Flags.string({ char: 'o', summary: 'Write it to this file.', helpValue: 'FILE', exclusive: ['directory'] }),
    directory: Flags.string({ summary: 'Write one file for each dataset into this folder.', helpValue: 'FOLDER' }),
    check: Flags.boolean({ summary: 'Write nothing; end with 2 where a file is not what it should be.' }),
  };

  protected override execute(): Promise<SchemaTypesResult> {
    const { form, output, directory, check } = this.flags;
    return typesOfDatasets(this.runtime, {
      name: this.args.name,
      form,
      output: output === undefined ? undefined : resolve(output),
      directory: directory === undefined ? undefined : resolve(directory),
      check,
    });
  }

  protected override async print(result: SchemaTypesResult): Promise<void> {
    const { out } = this;
    for (const { output, origin, types } of 'datasets' in result ? result.datasets : [result]) {
      if (output === null) await out.raw(types);
      else
        out.line(
          `${out.colour.green('✓')} ${out.safe(output)}  ${this.flags.check ? 'is up to date with' : 'from'} ${out.safe(origin)}`,
        );
    }
  }
}
