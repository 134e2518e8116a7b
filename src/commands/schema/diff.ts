import { SnapkeepError } from '@snapkeep/sdk';
import { Args, Flags, SnapkeepCommand } from '../../host/base-command.ts';
import { diffSchemas, type SchemaDiffResult } from '../../pipeline/schema/diff/diff.ts';
import { COMPATIBILITIES } from '../../pipeline/schema/diff/levels.ts';

export default class SchemaDiff extends SnapkeepCommand<typeof SchemaDiff, SchemaDiffResult> {
  static override summary =
    'Compare the columns and schemas of versions, files or the live table: what breaks for whom.';
  static override description = `Without FROM and TO: the newest version against what an export would find now.
backward: what is written for the new schema can read what was made under the old one. forward: what was written for the old schema can read
what is made under the new one. full: both. none: neither. With --require, or where the dataset demands a compatibility, less ends with 3.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events v1 v2',
    '<%= config.bin %> <%= command.id %> behavioral_events latest schemas/next.schema.json --require forward',
    '<%= config.bin %> <%= command.id %> old.schema.json new.schema.json --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset; or a schema’s file, before a second one.' }),
    from: Args.string({ description: 'A version, live, or a schema’s file. Absent: the newest version.' }),
    to: Args.string({ description: 'The same. Absent: live.' }),
  };
  static override flags = {
    require: Flags.option({ summary: 'End with 3 where there is less.', options: COMPATIBILITIES })(),
  };

  protected override execute(): Promise<SchemaDiffResult> {
    const { name, from, to } = this.args;
    return diffSchemas(this.runtime, { name, from, to, require: this.flags.require });
  }

  protected override failureOf(result: SchemaDiffResult): SnapkeepError | undefined {
    const { satisfied, required, compatibility, from, to } = result;
    if (satisfied) return undefined;
    return new SnapkeepError(
      'SNAPKEEP_SCHEMA_INCOMPATIBLE',
      `${required} compatibility is required; from ${from} to ${to} it is ${compatibility}`,
      {
        hint: 'Change it in a way that breaks nobody, or export with --allow-breaking once they know.',
        details: { ...result },
      },
    );
  }

  protected override print({ from, to, compatibility, changes }: SchemaDiffResult): void {
    const { out } = this;
    const { bold, green, red, dim } = out.colour;
    out.line(
      `${out.safe(from)} → ${out.safe(to)}: ${bold(compatibility)}${changes.length === 0 ? ', nothing has changed' : ''}`,
    );
    for (const { column, change, breaks } of changes) {
      const mark = breaks.length === 0 ? green('✓') : red('✗');
      out.line(`${mark} ${out.safe(column === '' ? 'the row' : column)}  ${out.safe(change)}`);
      for (const broken of breaks) out.line(dim(`    ${broken}`));
    }
  }
}
