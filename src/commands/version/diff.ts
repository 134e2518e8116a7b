import { resolve } from 'node:path';
import { Args, Flags, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { paint } from '../../host/terminal/tones.ts';
import { type DiffResult, type DiffTexts, diffVersions } from '../../pipeline/version/diff/diff.ts';
import { diffMarkdown } from '../../pipeline/version/diff/markdown.ts';
import { changedRows, oneSidedRows } from '../../pipeline/version/diff/sample-table.ts';
import { summaryLines } from '../../pipeline/version/diff/summary.ts';
import { csvLines } from '../../pipeline/version/diff/text-output.ts';

const FORMATS = ['table', 'json', 'markdown', 'csv'] as const;

export default class VersionDiff extends SnapkeepCommand<typeof VersionDiff, DiffResult> {
  static override summary = 'Compare two versions by their key: rows added, removed, changed, and in which columns.';
  static override description = `Without a key rows are compared as a whole, each as often as it stands there.
How values are compared, and what -o writes: docs/formats.md.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events v1 v2',
    '<%= config.bin %> <%= command.id %> behavioral_events latest~1 latest --rows 5',
    '<%= config.bin %> <%= command.id %> behavioral_events v1 v2 -o changes.parquet --format markdown',
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Dataset.' }),
    from: Args.string({
      default: 'latest~1',
      description: 'The version before: v3, latest~1, a date, a tag or a commit.',
    }),
    to: Args.string({ default: 'latest', description: 'The version after.' }),
  };
  static override flags = {
    key: Flags.string({
      summary: 'Match rows by these columns; a name with a comma in it in a --key of its own.',
      helpValue: 'A,B',
      multiple: true,
      multipleNonGreedy: true,
    }),
    rows: Flags.integer({ summary: 'Show the first N rows of each kind.', helpValue: 'N', min: 1 }),
    format: Flags.option({
      summary:
        'json: as --json; markdown: for a pull request; csv: the rows that differ (all, or --rows of each kind).',
      options: FORMATS,
      default: 'table',
    })(),
    output: Flags.string({
      char: 'o',
      summary: 'Write every row that differs to this file: .parquet, .csv, .json or .ndjson.',
      helpValue: 'FILE',
    }),
    force: Flags.boolean({ summary: 'Replace the file where it is there already.', dependsOn: ['output'] }),
  };

  protected override execute(): Promise<DiffResult> {
    const { key, rows, format, output, force } = this.flags;
    const input = { ...this.args, key, rows, output: output === undefined ? undefined : resolve(output), force };
    return diffVersions(this.runtime, input, format === 'csv' ? (texts) => this.#writeCsv(texts) : undefined);
  }

  protected override async print(diff: DiffResult): Promise<void> {
    if (this.flags.format === 'csv') return;
    if (this.flags.format === 'markdown') await this.out.raw(diffMarkdown(diff));
    else this.#printTable(diff);
  }

  #printTable(diff: DiffResult): void {
    const { out } = this;
    for (const { tone, text } of summaryLines(diff)) out.line(paint(out.colour, tone)(text));
    this.#printSamples(diff);
    if (diff.output !== null) out.line(`${out.colour.green('✓')} every row that differs: ${out.safe(diff.output)}`);
  }

  #printSamples({ samples, rows }: DiffResult): void {
    if (samples === null) return;
    const { out } = this;
    const show = (title: string, total: number, table: ReturnType<typeof changedRows>, shown: number) => {
      if (shown === 0) return;
      out.line();
      out.line(out.colour.bold(total > shown ? `${title}, the first ${shown} of ${formatNumber(total)}` : title));
      out.table(
        table.columns.map((column, index) => ({ title: column, align: 'left' as const, shrink: index >= table.keys })),
        table.rows,
      );
    };
    show('added', rows.added, oneSidedRows(samples.added), samples.added.length);
    show('removed', rows.removed, oneSidedRows(samples.removed), samples.removed.length);
    show('changed', rows.changed, changedRows(samples.changed), samples.changed.length);
  }

  async #writeCsv({ columns, rows }: DiffTexts): Promise<void> {
    for await (const text of csvLines(columns, rows())) await this.out.raw(text);
  }
}
