import { resolve } from 'node:path';
import { Args, Flags, formatCount, formatNumber, SnapkeepCommand } from '../../host/base-command.ts';
import { RETRY_FLAG } from '../../host/selection-flags.ts';
import { shownText } from '../../pipeline/invalid/rows-invalid.ts';
import { ruleText } from '../../pipeline/invalid/shown.ts';
import { REPLAY_STATES, type ReplayResult, replayQuarantine } from '../../pipeline/quarantine/replay.ts';
import { rowLabel } from '../../pipeline/quarantine/row-table.ts';

const CAUSES_SHOWN = 5;

export default class QuarantineReplay extends SnapkeepCommand<typeof QuarantineReplay, ReplayResult> {
  static override summary = 'Check kept rows again: against the present schema, as they stand in the source now.';
  static override description =
    `Each row is looked up in the source by its key. Which would pass now, which still fail and why, which are gone.
Nothing is written: the next export reads them anyway.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> behavioral_events',
    '<%= config.bin %> <%= command.id %> behavioral_events --only fails --limit 100',
    '<%= config.bin %> <%= command.id %> orders --at v3 --schema schemas/orders.next.schema.json --json',
  ];
  static override args = { name: Args.string({ required: true, description: 'Dataset.' }) };
  static override flags = {
    at: Flags.string({
      summary: 'Rows of this version: v3, latest~1, a date, a tag or a commit; absent: the newest.',
      helpValue: 'VERSION',
    }),
    schema: Flags.string({ summary: 'Judge by this schema, in place of the dataset’s.', helpValue: 'FILE' }),
    only: Flags.option({ summary: 'List only rows of this state; all are counted.', options: REPLAY_STATES })(),
    limit: Flags.integer({ summary: 'List at most N rows.', helpValue: 'N', min: 0, default: 20 }),
    ...RETRY_FLAG,
  };

  protected override execute(): Promise<ReplayResult> {
    const { at, schema, only, limit, retries } = this.flags;
    const file = schema === undefined ? undefined : resolve(schema);
    return replayQuarantine(this.runtime, { name: this.args.name, at, schema: file, only, limit, retries });
  }

  protected override print(result: ReplayResult): void {
    const { out } = this;
    const { bold, green, red, dim } = out.colour;
    const { dataset, version, rows, passes, fails, gone, items } = result;
    if (rows === 0) {
      out.line(`${bold(`${dataset} v${version}`)} keeps no rows in quarantine`);
      return;
    }
    out.line(
      `${bold(`${dataset} v${version}`)}  ${formatCount(rows)} in quarantine, by ${out.safe(result.schema.origin)}`,
    );
    if (result.lookup === 'none') out.note('The dataset has no key: rows could be judged only as they were kept.');
    const changed = (count: number) =>
      result.lookup === 'none' ? '' : ` (${formatNumber(count)} changed in the source)`;
    out.line(`${green('✓')} would pass now: ${formatNumber(passes.rows)}${changed(passes.changed)}`);
    out.line(
      `${fails.rows > 0 ? red('✗') : green('✓')} still fail: ${formatNumber(fails.rows)}${changed(fails.changed)}`,
    );
    for (const cause of result.causes.slice(0, CAUSES_SHOWN)) {
      out.line(`    ${out.safe(ruleText(cause))} (${formatCount(cause.rows)})`);
    }
    const untold = result.causes.length - CAUSES_SHOWN;
    if (untold > 0) out.line(dim(`    and ${formatCount(untold, 'more rules')}: --json`));
    if (result.lookup === 'key') {
      const asKept = `${formatNumber(gone.wouldPass)} would pass as they were`;
      out.line(`· gone from the source: ${formatNumber(gone.rows)} (${asKept})`);
    }
    if (items.length === 0) return;
    out.line();
    out.table(
      ['row', 'state', 'changed', { title: 'why', align: 'left', shrink: true }],
      items.map((item, index) => [
        rowLabel(item, index),
        item.state,
        item.changed === null ? '' : item.changed.join(', '),
        item.violations.map((violation) => `${ruleText(violation)}: ${shownText(violation.value)}`).join('; '),
      ]),
    );
    const listed = this.flags.only === undefined ? rows : result[this.flags.only].rows;
    if (listed > items.length) out.line(dim(`and ${formatCount(listed - items.length)} more: --limit, --only, --json`));
  }
}
