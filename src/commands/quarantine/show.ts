import { Args, Flags, formatCount, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { QUARANTINE_FLAGS } from '../../host/quarantine-flags.ts';
import { displayWidth } from '../../host/terminal/width.ts';
import { shownText } from '../../pipeline/invalid/rows-invalid.ts';
import { ruleText, violationText } from '../../pipeline/invalid/shown.ts';
import { rowLabel, violationRows } from '../../pipeline/quarantine/row-table.ts';
import { type ShownQuarantine, showQuarantine } from '../../pipeline/quarantine/show.ts';

const CAUSES_SHOWN = 10;
/** Of one value; a document of 10 MB is nothing that anybody reads. */
const MAX_CHARACTERS = 10_000;

function legible(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  return `${text.slice(0, MAX_CHARACTERS)}… (${formatNumber(text.length)} characters; all with --json)`;
}

export default class QuarantineShow extends SnapkeepCommand<typeof QuarantineShow, ShownQuarantine> {
  static override summary = 'Show rows that broke the schema: their keys, which rules, which values.';
  static override description =
    `Values of columns that the schema calls x-sensitive are masked. The rows are those of one version, as they were then.
A list shortens rules and values; a row that is the only one asked for is shown whole, as with --full.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --at v3 --column timestamp --limit 100',
    '<%= config.bin %> <%= command.id %> orders --where order_id=7 --full',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset.' }) };
  static override flags = {
    ...QUARANTINE_FLAGS,
    limit: Flags.integer({ summary: 'At most N rows.', helpValue: 'N', min: 0, default: 20 }),
    full: Flags.boolean({ summary: 'Show every column of each row, its rules and values whole.' }),
  };

  protected override execute(): Promise<ShownQuarantine> {
    const { at, column, where, limit, full } = this.flags;
    return showQuarantine(this.runtime, { name: this.args.name, at, column, where, limit, full: full ?? false });
  }

  protected override print(shown: ShownQuarantine): void {
    const { out } = this;
    const { bold, dim } = out.colour;
    const { dataset, version, rows, matching, full, causes, items } = shown;
    const name = `${dataset} v${version}`;
    if (rows === 0) {
      out.line(`${bold(name)} keeps no rows in quarantine`);
      out.note(`snapkeep quarantine list ${dataset} names the versions that do.`);
      return;
    }
    out.line(`${bold(name)} keeps ${formatCount(rows)} in quarantine`);
    // One row's own rules are told with it.
    if (matching !== 1) {
      for (const cause of causes.slice(0, CAUSES_SHOWN)) {
        out.line(`  ${formatNumber(cause.rows).padStart(9)}  ${out.safe(ruleText(cause))}`);
      }
      const untold = causes.length - CAUSES_SHOWN;
      if (untold > 0) out.line(dim(`             and ${formatCount(untold, 'more rules')}: --json`));
    }
    out.line();
    if (full) this.#printFull(items);
    else
      out.table(
        ['row', 'column', 'must', { title: 'value', align: 'left', shrink: true }],
        items.flatMap((item, index) => violationRows(item, index)),
      );
    const left = matching - items.length;
    if (left > 0)
      out.note(`and ${formatCount(left)} more: --limit, --column, --where, or snapkeep quarantine export ${dataset}`);
    else if (matching === 0) out.note('None of them is of this kind.');
  }

  #printFull(items: ShownQuarantine['items']): void {
    const { out } = this;
    for (const [index, item] of items.entries()) {
      out.line(out.colour.bold(out.safe(rowLabel(item, index))));
      for (const violation of item.violations) {
        out.line(`  ✗ ${out.safe(violationText(violation))}: ${out.safe(legible(shownText(violation.value)))}`);
        const rule = violation.rule === undefined ? '' : ` ${JSON.stringify(violation.rule)}`;
        out.line(out.colour.dim(`    ${out.safe(legible(violation.schemaPath + rule))}`));
      }
      const columns = Object.entries(item.source).map(([name, text]) => [out.safe(name), text] as const);
      const width = Math.max(...columns.map(([name]) => displayWidth(name)));
      for (const [name, text] of columns) {
        const space = ' '.repeat(width - displayWidth(name) + 2);
        out.line(`  ${name}${space}${out.safe(legible(shownText(text)))}`);
      }
      out.line();
    }
  }
}
