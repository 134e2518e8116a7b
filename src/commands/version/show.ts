import { Args, formatBytes, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { fidelityText, substitutionText } from '../../pipeline/policy-text.ts';
import { type ShownVersion, showVersion } from '../../pipeline/version/list.ts';
import { removedText } from '../../pipeline/version/problems.ts';

export default class VersionShow extends SnapkeepCommand<typeof VersionShow, ShownVersion> {
  static override summary = 'Show one version: where it came from, its columns, its quality.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events v1',
    '<%= config.bin %> <%= command.id %> behavioral_events latest~1 --json',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    version: Args.string({
      default: 'latest',
      description: 'v3, latest~1, a snapshot’s id, a date, a tag or a commit.',
    }),
  };

  protected override execute(): Promise<ShownVersion> {
    return showVersion(this.runtime, this.args.name, this.args.version);
  }

  protected override print(shown: ShownVersion): void {
    const { out } = this;
    const { manifest } = shown;
    const { relation, instant } = manifest.plan;
    const source = relation.kind === 'query' ? 'a query' : `${relation.schema}.${relation.name}`;
    out.line(out.colour.bold(`${shown.dataset} v${shown.version}${shown.current ? ' (current)' : ''}`));
    out.line(`message   ${out.safe(shown.message)}`);
    out.line(`created   ${shown.createdAt}`);
    out.line(`source    ${out.safe(source)}, ${instant.server}, as of ${instant.time}`);
    out.line(
      `rows      ${formatNumber(shown.rows)} (read ${formatNumber(manifest.counts.read)}, rejected ${formatNumber(manifest.counts.rejected)}; ${manifest.validation.outcome})`,
    );
    out.line(
      `files     ${shown.path}/, ${formatBytes(shown.bytes)}${shown.cached === false ? ', not in DVC’s cache' : ''}`,
    );
    if (shown.removed !== null) out.line(out.colour.yellow(`data      ${removedText(shown.removed)}`));
    out.line(`content   ${manifest.contentHash}`);
    if (shown.commit !== null) out.line(`commit    ${shown.commit}, tag ${shown.tag}`);
    if (shown.tags.length > 0) out.line(`tags      ${out.safe(shown.tags.join(', '))}`);
    for (const { created, text } of shown.notes) out.line(`note      ${created.slice(0, 10)}  ${out.safe(text)}`);
    out.line();
    const metrics = new Map(manifest.quality.columns.map((column) => [column.name, column]));
    out.table(
      [
        'column',
        'source',
        'Parquet',
        'fidelity',
        { title: 'nulls', align: 'right' },
        { title: 'distinct', align: 'right' },
        { title: 'min', shrink: true },
        { title: 'max', shrink: true },
      ],
      manifest.plan.columns.map((planned) => {
        const { name, sourceType, parquetType } = planned;
        const column = metrics.get(name);
        return [
          name,
          sourceType,
          parquetType,
          fidelityText(planned, manifest.substitutions),
          formatNumber(column?.nulls ?? 0),
          `${column?.distinctExact === false ? '≈ ' : ''}${formatNumber(column?.distinct ?? 0)}`,
          column?.min ?? '',
          column?.max ?? '',
        ];
      }),
    );
    if (manifest.substitutions.length > 0) out.line();
    for (const substitution of manifest.substitutions) out.line(out.safe(substitutionText(substitution)));
    for (const { column, values, others } of manifest.quality.distributions) {
      out.line();
      out.table(
        [column, { title: 'rows', align: 'right' }],
        [
          ...values.map(({ value, rows }) => [value ?? 'NULL', formatNumber(rows)]),
          ...(others > 0 ? [['…', formatNumber(others)]] : []),
        ],
      );
    }
  }
}
