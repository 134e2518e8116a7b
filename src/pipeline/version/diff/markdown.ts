import { escapeControls } from '@snapkeep/sdk';
import type { DiffResult } from './diff.ts';
import { changedRows, oneSidedRows, type SampleTable } from './sample-table.ts';

const LONGEST_CELL = 120;

/** GitHub's Markdown for a pull request: counts, columns, schema, samples. Nothing from the data is read as markup. */
export function diffMarkdown(diff: DiffResult): string {
  const { rows, from, to, window, samples } = diff;
  const parts = [
    `### ${diff.dataset} v${from.version} → v${to.version}`,
    window === null
      ? ''
      : `Only ${window.from ?? '…'} ≤ ${code(window.column)} < ${window.to ?? '…'}, which both versions cover.`,
    table(
      ['rows', 'added', 'removed', 'changed', 'unchanged'],
      [
        [
          `${count(from.rows)} → ${count(to.rows)}`,
          ...[rows.added, rows.removed, rows.changed, rows.unchanged].map(count),
        ],
      ],
    ),
    diff.key === null
      ? 'There is no common key: a row counts as a whole, a changed one as removed and added.'
      : `Matched by ${diff.key.map(code).join(', ')}.`,
    section(
      'Changed columns',
      ['column', 'rows'],
      diff.columns.map(({ name, changed }) => [code(name), count(changed)]),
    ),
    section(
      'Schema',
      ['column', 'before', 'after', 'for readers'],
      diff.schema.map(({ column, from: before, to: after, rule, effect }) => [
        code(column),
        before === null ? '' : code(before),
        after === null ? '' : code(after),
        `${effect === 'breaking' ? '**breaking**' : effect}: ${rule}`,
      ]),
    ),
    ...(samples === null
      ? []
      : [
          sampled('Added', oneSidedRows(samples.added)),
          sampled('Removed', oneSidedRows(samples.removed)),
          sampled('Changed', changedRows(samples.changed)),
        ]),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const count = (rows: number) => rows.toLocaleString('en');

function sampled(title: string, { columns, rows }: SampleTable): string {
  return section(
    title,
    columns.map(code),
    rows.map((row) => row.map((cell) => (cell === '' ? '' : code(cell)))),
  );
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `#### ${title}\n\n${table(head, rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A value as it is: in a code span where that can hold it, else with every character that could be markup written out. */
function code(text: string): string {
  const short = text.length > LONGEST_CELL ? `${text.slice(0, LONGEST_CELL - 1)}…` : text;
  const safe = escapeControls(short);
  if (safe.trim() !== '' && !/[`|\\]/.test(safe)) return `\`${safe}\``;
  return `<code>${safe.replace(MARKUP, (character) => `&#${character.charCodeAt(0)};`)}</code>`;
}

const MARKUP = /[\\`*_{}[\]()<>#|~!&@: ]/g;
