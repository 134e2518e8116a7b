import { resolve } from 'node:path';
import { Args, Flags, formatCount, SnapkeepCommand } from '../../host/base-command.ts';
import { safeJson } from '../../host/safe-json.ts';
import { INEXACT_FLAG, inexactOf } from '../../host/selection-flags.ts';
import { describeColumns } from '../../pipeline/plan-text.ts';
import { inferDatasetSchema, type SchemaInferResult, schemaText } from '../../pipeline/schema/infer/infer.ts';

export default class SchemaInfer extends SnapkeepCommand<typeof SchemaInfer, SchemaInferResult> {
  static override summary =
    'Write the JSON Schema that the catalog implies: types, nullability, lengths, enums, CHECK constraints, key.';
  static override description =
    `Every row that the server can hold passes it; CHECK constraints that JSON Schema can't say are listed.
Make it stricter by hand, then name it in the configuration. Run again over the same file, it brings in what has changed in the catalog:
a column, or a keyword beside the columns, that somebody changed, added or removed stays as it is, every other becomes what is inferred now.
How a file would hold each column is shown beside it.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events --profile-rows',
    '<%= config.bin %> <%= command.id %> behavioral_events --output schemas/inferred.schema.json',
    '<%= config.bin %> <%= command.id %> orders --profile-rows --accept status --accept email -o schemas/orders.schema.json',
    '<%= config.bin %> <%= command.id %> behavioral_events --from-prisma prisma/schema.prisma > events.schema.json',
    '<%= config.bin %> <%= command.id %> public.orders --url postgres://localhost/shop > orders.schema.json',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset, table or schema.table.' }) };
  static override flags = {
    'from-prisma': Flags.string({
      summary: 'From the model of that name (or of that table) in a Prisma schema; no connection is opened.',
      helpValue: 'FILE',
      exclusive: ['from-parquet', 'profile-rows'],
    }),
    'from-parquet': Flags.string({
      summary: 'From the columns of a Parquet file; no connection is opened.',
      helpValue: 'FILE',
    }),
    'profile-rows': Flags.boolean({
      summary:
        'Read the rows too, once, and suggest ranges, patterns, sets of values, each with its evidence; --profile without a name does the same.',
    }),
    limit: Flags.integer({
      summary: 'Read at most so many rows.',
      helpValue: 'N',
      min: 1,
      dependsOn: ['profile-rows'],
    }),
    accept: Flags.string({
      summary: 'Take the suggestions for this column into the schema; * for all. Repeatable.',
      helpValue: 'COLUMN',
      multiple: true,
      dependsOn: ['profile-rows'],
    }),
    output: Flags.string({ char: 'o', summary: 'Write it to this file.', helpValue: 'FILE' }),
    merge: Flags.boolean({
      summary: 'Complete a file that was written by hand: all that it says stays.',
      dependsOn: ['output'],
      exclusive: ['force'],
    }),
    force: Flags.boolean({
      summary: 'Replace the file where it is there already, whatever was changed in it.',
      dependsOn: ['output'],
    }),
    ...INEXACT_FLAG,
  };

  /** A bare `--profile`, without the name of a profile, can only mean the rows. */
  override async init(): Promise<void> {
    this.argv = this.argv.map((word, index) => {
      const next = this.argv[index + 1];
      return word === '--profile' && (next === undefined || next.startsWith('-')) ? '--profile-rows' : word;
    });
    await super.init();
  }

  protected override execute(): Promise<SchemaInferResult> {
    const {
      output,
      force,
      merge,
      'profile-rows': profile,
      limit,
      accept,
      'from-prisma': prisma,
      'from-parquet': parquet,
    } = this.flags;
    const absolute = (file: string | undefined) => (file === undefined ? undefined : resolve(file));
    return inferDatasetSchema(this.runtime, {
      name: this.args.name,
      fromPrisma: absolute(prisma),
      fromParquet: absolute(parquet),
      profile,
      limit,
      accept,
      output: absolute(output),
      force,
      merge,
      onInexact: inexactOf(this.flags),
    });
  }

  protected override async print(result: SchemaInferResult): Promise<void> {
    const { out } = this;
    const { schema, output, relation, columns } = result;
    const lines = [...describeColumns(columns), ...describeRest(result)].map(out.safe);
    if (output === null) {
      await out.raw(safeJson(schemaText(schema)));
      for (const line of lines) out.note(line);
      return;
    }
    out.line(`${out.colour.green('✓')} ${out.safe(output)}  from ${out.safe(relation)}`);
    out.line();
    for (const line of lines) out.line(line);
  }
}

function describeRest({ checks, profile, rerun }: SchemaInferResult): string[] {
  const { expressed, unexpressed } = checks;
  const count = expressed + unexpressed.length;
  return [
    ...(count === 0 ? [] : ['', `CHECK constraints: ${expressed} of ${count} are in the schema`]),
    ...unexpressed.map(({ name, sql, reason }) => `  not expressed  ${name}: ${sql} – ${reason}`),
    ...(profile
      ? ['', `suggestions from ${formatCount(profile.rows)}; --accept COLUMN takes them into the schema`]
      : []),
    ...(profile?.suggestions ?? []).map(
      ({ column, schema, evidence, accepted }) =>
        `  ${accepted ? 'accepted' : 'suggested'}  ${column}: ${JSON.stringify(schema)} – ${evidence}`,
    ),
    ...describeRerun(rerun),
  ];
}

function describeRerun(rerun: SchemaInferResult['rerun']): string[] {
  if (!rerun) return [];
  const { added, changed, removed, kept } = rerun;
  const say = (what: string, parts: readonly string[]) => (parts.length === 0 ? [] : [`${what}: ${parts.join(', ')}`]);
  const lines = [
    ...say('added', added),
    ...say('changed', changed),
    ...say('removed', removed),
    ...say('changed at the origin, but kept as they were written by hand', kept),
  ];
  return ['', ...(lines.length === 0 ? ['nothing has changed since it was inferred'] : lines)];
}
