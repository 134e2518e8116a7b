import { type CaseReport, type Cell, type Report, type ToolReport, VERDICTS, type Verdict } from './report.ts';

const LIMIT = 48;
const SIGNS: Readonly<Record<Verdict, string>> = { exact: '=', annotated: '~', changed: '≠', rejected: '✗' };

/** Code in a cell of a table; cut, so that a column stays readable. */
function code(text: string, limit = LIMIT): string {
  const characters = [
    ...text.replace(/[\u0000-\u001f\u202e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ];
  const cut = characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : characters.join('');
  const escaped = cut.replaceAll('|', '\\|');
  // A code span can't hold only blanks, nor begin or end with the sign that encloses it.
  return `\`\` ${escaped === '' ? '""' : escaped === escaped.trim() ? escaped : JSON.stringify(escaped)} \`\``;
}

const shown = (value: string | null) => (value === null ? 'NULL' : code(value));

function cellText({ verdict, text }: Cell): string {
  return verdict === 'changed' && text !== undefined ? `${SIGNS.changed} ${shown(text)}` : SIGNS[verdict];
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) => [
  row(head),
  row(head.map(() => '---')),
  ...rows.map(row),
];

function ran(report: Report): readonly ToolReport[] {
  return report.tools.filter(({ missing }) => missing === undefined);
}

function summary(report: Report): string[] {
  const tools = ran(report);
  const count = (tool: string, verdict: Verdict) =>
    report.cases.flatMap(({ results }) => results[tool]?.cells ?? []).filter((cell) => cell.verdict === verdict).length;
  return table(
    ['', ...tools.map(({ name }) => name)],
    VERDICTS.map((verdict) => [`${SIGNS[verdict]} ${verdict}`, ...tools.map(({ id }) => String(count(id, verdict)))]),
  );
}

interface Entry {
  readonly one: CaseReport;
  readonly value: string | null;
  readonly ours: Cell;
  readonly cells: readonly { readonly tool: ToolReport; readonly cell: Cell }[];
}

function entries(report: Report): Entry[] {
  const others = ran(report).filter(({ id }) => !id.startsWith('snapkeep'));
  return report.cases.flatMap((one) =>
    one.values.flatMap((value, index) => {
      const ours = one.results.snapkeep?.cells[index];
      if (!ours) return [];
      const cells = others.flatMap((tool) => {
        const cell = one.results[tool.id]?.cells[index];
        return cell ? [{ tool, cell }] : [];
      });
      return [{ one, value, ours, cells }];
    }),
  );
}

const RANK: Readonly<Record<Verdict, number>> = { exact: 0, annotated: 1, changed: 3, rejected: 2 };

/** Values of which somebody keeps more than we do. */
function betterElsewhere(report: Report): string[] {
  const rows = entries(report).flatMap(({ one, value, ours, cells }) => {
    const better = cells.filter(({ cell }) => cell.verdict !== 'changed' && RANK[cell.verdict] < RANK[ours.verdict]);
    if (better.length === 0) return [];
    const who = better.map(({ tool, cell }) => {
      const type = one.results[tool.id]?.type ?? '';
      return `${tool.name}: ${SIGNS[cell.verdict]} as ${type}${cell.reason === undefined ? '' : `, ${cell.reason}`}`;
    });
    return [[one.type, shown(value), `${SIGNS[ours.verdict]}`, who.join('; ')]];
  });
  return rows.length === 0 ? ['Nowhere, in these tables.'] : table(['type', 'value', 'snapkeep', 'others'], rows);
}

/** Who writes something else than the server has, and says nothing. */
function changedSilently(report: Report): string[] {
  const rows = ran(report).map(({ id, name }) => {
    const changed = report.cases.flatMap((one) => {
      const cells = one.results[id]?.cells ?? [];
      const index = cells.findIndex(({ verdict }) => verdict === 'changed');
      const cell = cells[index];
      return cell ? [`${one.type}: ${shown(one.values[index] ?? null)} → ${shown(cell.text ?? null)}`] : [];
    });
    return [name, String(changed.length), changed.join('<br>')];
  });
  return table(['', 'types', 'one value of each'], rows);
}

function valueByValue(report: Report): string[] {
  const tools = ran(report);
  return report.cases.flatMap((one) => {
    const types = tools
      .map(({ id }) => one.results[id]?.type ?? null)
      .map((type) => (type === null ? '' : code(type, 80)));
    const rows = one.values.map((value, index) => [
      shown(value),
      ...tools.map(({ id }) => {
        const cell = one.results[id]?.cells[index];
        return cell ? cellText(cell) : '';
      }),
    ]);
    const reasons = tools.flatMap(({ id, name }) => {
      const { rejectedWhole, apart, cells = [] } = one.results[id] ?? {};
      const annotations = cells.filter(({ verdict }) => verdict !== 'rejected').flatMap(({ reason }) => reason ?? []);
      const rejections = cells.filter(({ verdict }) => verdict === 'rejected').flatMap(({ reason }) => reason ?? []);
      const tried = apart ? '; its values are accepted one by one only' : '; its values were tried one by one';
      const whole =
        rejectedWhole === undefined
          ? []
          : [`rejects the column: ${code(rejectedWhole, 160)}${rejections.length < cells.length ? tried : ''}`];
      return [...whole, ...new Set(annotations)].map((text) => `- ${name}: ${text}`);
    });
    return [
      '',
      `### ${one.type}${one.about === undefined ? '' : `, ${one.about}`}`,
      '',
      ...(one.made ?? []).flatMap((statement) => [code(statement, 200), '']),
      ...table(['', ...tools.map(({ name }) => name)], [['_in the file_', ...types], ...rows]),
      ...(reasons.length > 0 ? ['', ...reasons] : []),
    ];
  });
}

/** docs/fidelity.md. */
export function page(report: Report): string {
  const versions = (tool: ToolReport) =>
    Object.entries(tool.versions ?? {})
      .map(([name, version]) => `${name} ${version}`)
      .join(', ');
  const lines = [
    '# The same values, exported by snapkeep and by others',
    '',
    `Made by \`npm run fidelity\` (scripts/fidelity.ts) from ${report.server} and the versions below; nothing here is written by`,
    'hand, and [fidelity.json](fidelity.json) holds the same for programs. Every case is a table of two columns, `id` and a',
    'column `v` of one type, with ordinary values, extremes and NULL. Each tool exports the table with its own defaults. Where',
    'it rejects the column, its values are tried one by one, and those that it accepts once more together. What it wrote is',
    'read by pyarrow and by DuckDB, and the server compares each value with its own.',
    '',
    ...table(
      ['', 'means'],
      [
        ['= exact', 'both readers see the value that the server has, in the type that Parquet has for it'],
        [
          '~ annotated',
          'the server, given what the file says, makes the same value of it, but the file has it in another form: text where there is a better type (or none), a double, PostgreSQL’s binary form; or only one of the readers sees it so',
        ],
        ['≠ changed', 'what the file says is another value; nothing was reported'],
        ['✗ rejected', 'the tool stopped with an error; nothing was written for this value'],
      ],
    ),
    '',
    'Equal means that the server prints both alike (`30 days` is not `1 mon`), numbers and documents that they are equal.',
    '',
    ...table(
      ['', 'versions', 'called as'],
      report.tools.map((tool) => [
        tool.name,
        tool.missing === undefined ? versions(tool) : `missing: ${tool.missing}`,
        `${code(tool.how, 200)}${tool.note === undefined ? '' : `<br>${tool.note}`}`,
      ]),
    ),
    '',
    '## In numbers',
    '',
    ...summary(report),
    '',
    '## Where others keep more than snapkeep',
    '',
    'Than its default writer, without a policy (`--on-inexact COLUMN=string` would keep each as text). Text is annotated also',
    'where Parquet has no better type.',
    '',
    ...betterElsewhere(report),
    '',
    '## What changes without a word',
    '',
    ...changedSilently(report),
    '',
    '## Value by value',
    ...valueByValue(report),
  ];
  return `${lines.join('\n')}\n`;
}
