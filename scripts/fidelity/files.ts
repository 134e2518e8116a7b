import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { page } from './page.ts';
import type { CaseReport, Report } from './report.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');

export async function readReport(): Promise<Report> {
  return JSON.parse(await readFile(join(DOCS, 'fidelity.json'), 'utf8')) as Report;
}

export function readPage(): Promise<string> {
  return readFile(join(DOCS, 'fidelity.md'), 'utf8');
}

/** A line for each case, so that a difference can be read. */
function reportText({ server, tools, cases }: Report): string {
  const list = (items: readonly unknown[]) => `[\n${items.map((item) => JSON.stringify(item)).join(',\n')}\n]`;
  return `{"server": ${JSON.stringify(server)},\n"tools": ${list(tools)},\n"cases": ${list(cases)}}\n`;
}

export async function writeReport(report: Report): Promise<void> {
  await writeFile(join(DOCS, 'fidelity.json'), reportText(report));
  await writeFile(join(DOCS, 'fidelity.md'), page(report));
}

/** Whether columns of a new run can stand beside those of an old one. */
export function hasCases(report: Report, cases: readonly CaseOnServer[]): boolean {
  const text = (list: readonly CaseOnServer[]) => JSON.stringify(list.map(({ name, values }) => [name, values]));
  return text(report.cases) === text(cases);
}

type CaseOnServer = Pick<CaseReport, 'name' | 'values'>;

/** The new columns in the place of the old ones of the same tools, of the same cases. */
export function merged(old: Report, fresh: Report): Report {
  return {
    server: fresh.server,
    tools: [
      ...old.tools.map((tool) => fresh.tools.find(({ id }) => id === tool.id) ?? tool),
      ...fresh.tools.filter(({ id }) => !old.tools.some((tool) => tool.id === id)),
    ],
    cases: fresh.cases.map((one, index) => ({
      ...one,
      results: { ...old.cases[index]?.results, ...one.results },
    })),
  };
}
