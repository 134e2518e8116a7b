import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Comparison, chartOf, machineText } from '../alternatives/report.ts';
import { type Result, readResult } from '../support/results.ts';
import { columnsChart, rowsChart, versionsChart } from './charts.ts';
import type {
  All,
  Diff,
  Growth,
  Jobs,
  Lanes,
  Memory,
  Query,
  Rollback,
  Shapes,
  Startup,
  Storage,
  Validation,
  Versions,
} from './results.ts';
import * as tables from './tables.ts';

const PAGE = 'docs/performance.md';
const CHARTS = 'bench/results';

/** What stands between the marks of one name, and the charts that go with it, by file name. */
interface Block {
  readonly markdown: string;
  readonly charts?: Readonly<Record<string, string>>;
}

async function block<R extends Result>(
  name: string,
  command: string,
  make: (result: R) => Block,
): Promise<readonly [string, Block]> {
  const result = await readResult<R>(name);
  if (!result) return [name, { markdown: `_Not measured yet: \`${command}\`._` }];
  const made = make(result);
  const about = `_\`${result.command}\`, ${result.date}, ${machineText(result.machine)}._`;
  return [name, { ...made, markdown: `${made.markdown}\n\n${about}` }];
}

/** Every block of the page, from what lies in bench/results. */
async function blocks(): Promise<ReadonlyMap<string, Block>> {
  return new Map([
    await block<Comparison>('tools', 'npm run bench', (of) => ({
      markdown: tables.toolsTable(of),
      charts: { 'tools.svg': chartOf(of) },
    })),
    await block<Lanes>('lanes', 'node bench/lanes.ts --save', (of) => ({ markdown: tables.lanesTable(of) })),
    await block<Growth>('growth', 'node bench/growth.ts --save', (of) => ({
      markdown: tables.growthTable(of),
      charts: { 'growth-rows.svg': rowsChart(of), 'growth-columns.svg': columnsChart(of) },
    })),
    await block<Shapes>('shapes', 'node bench/shapes.ts --save', (of) => ({ markdown: tables.shapesTable(of) })),
    await block<Memory>('memory', 'node bench/memory.ts --save', (of) => ({ markdown: tables.memoryTable(of) })),
    await block<Versions>('versions-native', 'node bench/versions.ts 2 10 100 500 2000 native --save', (of) => ({
      markdown: tables.versionsTable(of),
      charts: { 'versions.svg': versionsChart(of) },
    })),
    await block<Startup>('startup', 'node bench/startup.ts --save', (of) => ({ markdown: tables.startupTable(of) })),
    await block<Rollback>('rollback', 'node bench/rollback.ts --save', (of) => ({
      markdown: tables.rollbackTable(of),
    })),
    await block<Diff>('diff', 'node bench/diff.ts --save', (of) => ({ markdown: tables.diffTable(of) })),
    await block<Query>('query', 'node bench/query.ts --save', (of) => ({ markdown: tables.queryTable(of) })),
    await block<Validation>('validation', 'node bench/validation.ts --save', (of) => ({
      markdown: tables.validationTable(of),
    })),
    await block<Jobs>('jobs', 'node bench/jobs.ts --save', (of) => ({ markdown: tables.jobsTable(of) })),
    await block<Storage>('storage', 'node bench/storage.ts --save', (of) => ({ markdown: tables.storageTable(of) })),
    await block<All>('all', 'npm run bench:all', (of) => ({ markdown: tables.allTable(of) })),
  ]);
}

/**
 * docs/performance.md with today's figures between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`, and the charts, by path from the
 * repository's root. What stands outside of the marks is written by hand.
 * @throws Error where a mark names no benchmark or isn't closed
 */
export async function performancePages(root: string): Promise<Readonly<Record<string, string>>> {
  const known = await blocks();
  const held = await readFile(path.join(root, PAGE), 'utf8');
  const pages: Record<string, string> = {
    [PAGE]: held.replace(
      /<!-- bench:([\w-]+) -->.*?<!-- (\/?)bench:([\w-]+) -->/gs,
      (_, name: string, slash: string, end: string) => {
        const found = known.get(name);
        if (!found || slash !== '/' || end !== name)
          throw new Error(`${PAGE}: the mark bench:${name} is unknown or not closed`);
        return `<!-- bench:${name} -->\n\n${found.markdown}\n\n<!-- /bench:${name} -->`;
      },
    ),
  };
  for (const { charts = {} } of known.values()) {
    for (const [name, chart] of Object.entries(charts)) pages[`${CHARTS}/${name}`] = chart;
  }
  return pages;
}
