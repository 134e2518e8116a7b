import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { safeJson } from '../../host/safe-json.ts';
import type { SchemaImportResult } from '../../pipeline/schema/odcs/import.ts';

export default class SchemaImport extends SnapkeepCommand<typeof SchemaImport, SchemaImportResult> {
  static override summary = 'Read a contract of the Open Data Contract Standard (ODCS 3) as JSON Schema and rules.';
  static override description =
    'The contract is held against the standard’s own JSON Schema first; what of it snapkeep can’t check is listed. No connection is opened, nothing is loaded.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> contracts/behavioral-events.odcs.yaml',
    '<%= config.bin %> <%= command.id %> orders.odcs.yaml --output schemas/orders.schema.json',
    '<%= config.bin %> <%= command.id %> shop.odcs.yaml --object orders --json',
  ];
  static override args = { file: Args.string({ required: true, description: 'The contract, YAML or JSON.' }) };
  static override flags = {
    object: Flags.string({ summary: 'The table, where the contract describes several.', helpValue: 'NAME' }),
    output: Flags.string({ char: 'o', summary: 'Write the JSON Schema to this file.', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace the file where it is there already.', dependsOn: ['output'] }),
  };

  protected override async execute(): Promise<SchemaImportResult> {
    const { importContract } = await import('../../pipeline/schema/odcs/import.ts');
    const { object, output, force } = this.flags;
    return importContract(this.runtime, {
      file: resolve(this.args.file),
      object,
      output: output === undefined ? undefined : resolve(output),
      force,
    });
  }

  protected override async print({ dataset, schema, config, left, output }: SchemaImportResult): Promise<void> {
    const { out } = this;
    const { stringify } = await import('yaml');
    if (output === null) await out.raw(safeJson(`${JSON.stringify(schema, null, 2)}\n`));
    else out.line(`${out.colour.green('✓')} ${out.safe(output)}`);
    const said = output === null ? config : { ...config, schema: output };
    const lines = [
      '',
      'for the configuration:',
      ...stringify({ datasets: { [dataset]: said } })
        .trimEnd()
        .split('\n'),
      ...left.map((what) => `not checked: ${what}`),
    ];
    for (const line of lines.map(out.safe)) {
      if (output === null) out.note(line);
      else out.line(line);
    }
  }
}
