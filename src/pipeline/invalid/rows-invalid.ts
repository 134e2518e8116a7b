import { type ExportPlan, SnapkeepError, shorten } from '@snapkeep/sdk';
import { type Cause, MAX_CAUSES, type RejectedExample } from './causes.ts';
import { MAX_REPORT_LINES, type Rejections } from './rejections.ts';
import { MASKED, ruleText } from './shown.ts';

export interface RowCounts {
  readonly read: number;
  readonly rejected: number;
  /** Of all that was staged, as CSV; absent where nothing is. */
  readonly characters?: number;
  /** Reading ended before the last row: there may be more of them. */
  readonly stopped?: boolean;
}

function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`;
}

/** A value that would not be seen beside its key is quoted. */
export function shownText(value: string | null): string {
  if (value === null) return 'NULL';
  return value === '' || value !== value.trim() ? JSON.stringify(value) : value;
}

/** `order_id=7`; `row 12` where the dataset has no key, or nobody may see it. */
export function rowName({ key, row }: Pick<RejectedExample, 'key' | 'row'>): string {
  const parts = Object.entries(key).map(([column, text]) => `${column}=${text ?? 'NULL'}`);
  return parts.length > 0 && !Object.values(key).includes(MASKED) ? shorten(parts.join(' ')) : `row ${row}`;
}

function exampleText(example: RejectedExample): string {
  return `${rowName(example)}: ${shownText(example.value)}`;
}

const CAUSES_SHOWN = 10;
/** Beyond those, without examples. */
const CAUSES_NAMED = 20;

/** One line per broken rule, most rows first; the rarest in one line together. */
function describeCauses(causes: readonly Cause[]): string[] {
  const lines = causes.slice(0, CAUSES_SHOWN).map((cause) => {
    const examples = cause.examples.map(exampleText).join('; ');
    return `${ruleText(cause)} – ${rowsText(cause.rows)}, e.g. ${examples}`;
  });
  const others = causes.slice(CAUSES_SHOWN);
  if (others.length === 0) return lines;
  const named = others.slice(0, CAUSES_NAMED).map((cause) => `${ruleText(cause)} (${rowsText(cause.rows)})`);
  const unnamed = others.length - named.length;
  const rest = unnamed > 0 ? `; and ${unnamed.toLocaleString('en')} others` : '';
  return [...lines, `and ${others.length.toLocaleString('en')} more rules: ${named.join('; ')}${rest}`];
}

export interface InvalidRows {
  /** What was checked, as people call it, e.g. the dataset. */
  readonly what: string;
  readonly counts: RowCounts;
  readonly rejections: Rejections;
  /** What that means for the command, where it would have written something. */
  readonly outcome?: string;
  readonly hint: string;
}

function factsOf({ counts, rejections }: InvalidRows) {
  return {
    details: {
      read: counts.read,
      rejected: counts.rejected,
      stopped: counts.stopped === true,
      report: rejections.reportPath,
      reportLinesAtMost: MAX_REPORT_LINES,
      causesAtMost: MAX_CAUSES,
    },
    quotes: { causes: rejections.causes },
  };
}

function countText({ read, rejected, stopped }: RowCounts): string {
  const of = `${rowsText(rejected)} of ${stopped ? 'the first ' : ''}${read.toLocaleString('en')}`;
  return stopped ? `${of}, where reading stopped,` : of;
}

/** @throws SNAPKEEP_ROWS_INVALID is what the caller does with it */
export function rowsInvalid(invalid: InvalidRows): SnapkeepError {
  const { what, counts, rejections, outcome, hint } = invalid;
  const causes = rejections.causes;
  const verb = counts.rejected === 1 ? 'breaks' : 'break';
  const more = causes.length - 1;
  const others = more > 0 ? ` (and ${more} other rule${more === 1 ? '' : 's'})` : '';
  const first = causes[0] ? `: ${ruleText(causes[0])}${others}` : '';
  const { details, quotes } = factsOf(invalid);
  return new SnapkeepError(
    'SNAPKEEP_ROWS_INVALID',
    `${countText(counts)} ${verb} the schema of ${what}${first}${outcome === undefined ? '' : `; ${outcome}`}`,
    {
      notes: describeCauses(causes),
      hint: `${hint} ${rejections.reportText}`,
      details: { dataset: what, ...details },
      quotes,
    },
  );
}

/** More rows than the bound allows were kept out. */
export function tooManyInvalid(plan: ExportPlan, counts: RowCounts, rejections: Rejections): SnapkeepError {
  const bound = plan.validation?.maxInvalid ?? '';
  const invalid: InvalidRows = { what: plan.dataset, counts, rejections, hint: '' };
  const { details, quotes } = factsOf(invalid);
  const allowed = bound.endsWith('%') ? `${bound} of those read` : rowsText(Number(bound));
  const share = ((100 * counts.rejected) / Math.max(1, counts.read)).toPrecision(3);
  const shown = bound.endsWith('%') ? ` (${share}%)` : '';
  return new SnapkeepError(
    'SNAPKEEP_TOO_MANY_INVALID',
    `${countText(counts)}${shown} break the schema of ${plan.dataset}; at most ${allowed} may; nothing was published`,
    {
      notes: describeCauses(rejections.causes),
      hint: `Correct the rows at the source, or allow more with --max-invalid. ${rejections.reportText}`,
      details: { dataset: plan.dataset, maxInvalid: bound, ...details },
      quotes,
    },
  );
}
