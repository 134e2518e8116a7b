import { escapeControls } from '@snapkeep/sdk';
import type { DiffResult } from './diff.ts';

/** One line for a person, and how it is meant. */
export interface SummaryLine {
  readonly tone: 'title' | 'added' | 'removed' | 'changed' | 'breaking' | 'aside' | 'plain';
  readonly text: string;
}

/** What a comparison found, without its samples. Names are safe for a terminal. */
export function summaryLines(diff: DiffResult): SummaryLine[] {
  const { rows, key, window, identical } = diff;
  const none = rows.added + rows.removed + rows.changed + diff.schema.length === 0;
  return [
    { tone: 'title', text: `${diff.dataset} v${diff.from.version} → v${diff.to.version}` },
    ...(window === null
      ? []
      : [
          plain(
            `only ${window.from ?? '…'} <= ${safe(window.column)} < ${window.to ?? '…'}, which both versions cover`,
          ),
        ]),
    { tone: 'added', text: `+ ${count(rows.added)} added` },
    { tone: 'removed', text: `- ${count(rows.removed)} removed` },
    ...(key === null ? [] : [{ tone: 'changed', text: `~ ${count(rows.changed)} changed` } as const]),
    aside(`= ${count(rows.unchanged)} unchanged${identical ? ': their contents are the same' : ''}`),
    ...diff.columns.map(({ name, changed }) => plain(`    ${safe(name)}: ${count(changed)} changed`)),
    ...(key === null
      ? [aside('no common key: a row counts as a whole, a changed one as removed and added; --key names one')]
      : []),
    ...diff.schema.map(schemaLine),
    ...(none && !identical && window === null
      ? [aside('they differ only in what counts as equal: -0 and 0, the order of columns, how JSON is written')]
      : []),
  ];
}

const count = (rows: number) => rows.toLocaleString('en');
const safe = escapeControls;
const plain = (text: string): SummaryLine => ({ tone: 'plain', text });
const aside = (text: string): SummaryLine => ({ tone: 'aside', text });

function schemaLine({ column, change, from, to, rule, effect }: DiffResult['schema'][number]): SummaryLine {
  const what = change === 'added' || change === 'removed' ? `${change}, ${from ?? to}` : `${from} → ${to}`;
  const text = `column ${safe(column)}: ${safe(what)} (${effect} for readers: ${rule})`;
  return { tone: effect === 'breaking' ? 'breaking' : 'plain', text };
}
