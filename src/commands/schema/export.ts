import { resolve } from 'node:path';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import type { SchemaExportResult } from '../../pipeline/schema/odcs/export.ts';

export default class SchemaExport extends SnapkeepCommand<typeof SchemaExport, SchemaExportResult> {
  static override summary = 'Write a dataset’s contract in the Open Data Contract Standard (ODCS 3.1).';
  static override description =
    'Columns, types, key, conditions, quality rules and freshness; what the standard has no words for is kept beside them, so that schema import gives the same schema back.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events --odcs',
    '<%= config.bin %> <%= command.id %> behavioral_events --odcs --output contracts/behavioral-events.odcs.yaml',
    '<%= config.bin %> <%= command.id %> public.orders --odcs --id 53581432-6c55-4ba2-a65f-72344a91553b --json',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    odcs: Flags.boolean({ summary: 'As a contract of the Open Data Contract Standard.', required: true }),
    id: Flags.string({ summary: 'The contract’s id. Default: urn:snapkeep:NAME.', helpValue: 'ID' }),
    status: Flags.string({ summary: 'The contract’s status. Default: active.', helpValue: 'STATUS' }),
    output: Flags.string({ char: 'o', summary: 'Write it to this file; .json gives JSON.', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace the file where it is there already.', dependsOn: ['output'] }),
  };

  protected override async execute(): Promise<SchemaExportResult> {
    const { exportContract } = await import('../../pipeline/schema/odcs/export.ts');
    const { id, status, output, force } = this.flags;
    return exportContract(this.runtime, {
      name: this.args.name,
      id,
      status,
      output: output === undefined ? undefined : resolve(output),
      force,
    });
  }

  protected override async print({ contract, output, dataset }: SchemaExportResult): Promise<void> {
    if (output !== null) {
      this.out.line(`${this.out.colour.green('✓')} ${this.out.safe(output)}  from ${dataset}`);
      return;
    }
    const { contractText } = await import('../../pipeline/schema/odcs/export.ts');
    await this.out.raw(contractText(contract, 'contract.yaml'));
  }
}
