/**
 * Runs snapkeep and other ways from PostgreSQL to Parquet over the same tables, reads what each wrote, and says value by
 * value who keeps, annotates, changes, rejects: `npm run fidelity` writes docs/fidelity.md and docs/fidelity.json.
 * What others are made of is installed into `.tmp`; what can't be had is said to be missing. `-- --build` also builds
 * what is published as source only. `-- snapkeep duckdb` runs only those and leaves the others' columns as they are.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { CASES, type TypeCase } from '../test/fidelity/cases.ts';
import { spawnServer } from '../test/support/postgres-server.ts';
import { compareTool, createTables, printed } from './fidelity/compare.ts';
import { hasCases, merged, readReport, writeReport } from './fidelity/files.ts';
import type { CaseReport, ColumnResult, Report } from './fidelity/report.ts';
import { withoutPlaces } from './fidelity/sanitize.ts';
import { openTools, TOOL_IDS } from './fidelity/tools.ts';

function about({ about: text, prelude }: TypeCase): Pick<CaseReport, 'about' | 'made'> {
  return { ...(text === undefined ? {} : { about: text }), ...(prelude === undefined ? {} : { made: prelude }) };
}

const { values: flags, positionals: only } = parseArgs({
  options: { build: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = only.filter((id) => !TOOL_IDS.includes(id));
if (unknown.length > 0) {
  process.stderr.write(`there is no tool ${unknown.join(', ')}; there are ${TOOL_IDS.join(', ')}\n`);
  process.exit(2);
}

const server = await spawnServer();
const folder = await mkdtemp(join(tmpdir(), 'snapkeep-compare-'));
const client = new pg.Client({ connectionString: server.url });
try {
  await client.connect();
  await createTables(client, CASES);
  const tables: Omit<CaseReport, 'results'>[] = [];
  for (const one of CASES) {
    tables.push({ name: one.name, type: one.sql, ...about(one), values: await printed(client, one) });
  }
  const old = only.length > 0 ? await readReport() : undefined;
  if (old && !hasCases(old, tables)) throw new Error('the cases are other ones now: run all tools');
  const place = { url: server.url.replace('postgres://', 'postgresql://'), folder, build: flags.build };
  const tools = await openTools(place, only);
  const results = new Map<string, Map<string, ColumnResult>>();
  for (const { about: tool, exporter } of tools) {
    if (!exporter) {
      process.stderr.write(`${tool.name}: ${tool.missing}\n`);
      continue;
    }
    const files = join(folder, `files-${tool.id}`);
    await mkdir(files);
    const started = performance.now();
    results.set(tool.id, await compareTool({ id: tool.id, exporter }, client, files, CASES));
    await exporter.close();
    process.stderr.write(`${tool.name}: ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  }
  const cases = tables.map((table) => {
    const byTool = [...results].map(([id, of]) => [id, of.get(table.name)] as const);
    return { ...table, results: Object.fromEntries(byTool.flatMap(([id, result]) => (result ? [[id, result]] : []))) };
  });
  const { rows } = await client.query('SHOW server_version');
  const fresh: Report = withoutPlaces(
    { server: `PostgreSQL ${rows[0].server_version}`, tools: tools.map(({ about: of }) => of), cases },
    place,
  );
  await writeReport(old ? merged(old, fresh) : fresh);
} finally {
  await client.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
