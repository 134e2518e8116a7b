// Questions to a snapshot by `snapkeep query`, beside the same questions to the same file by DuckDB's CLI and from Python, each
// a process from its start to its end: node bench/query.ts [rows] [--save]
import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quoteLiteral } from '@snapkeep/sdk';
import { benchPython } from './alternatives/python.ts';
import { dataOf, snapkeep, withFolder } from './support/cli.ts';
import { createEvents, withDatabase } from './support/database.ts';
import { benchFlags } from './support/flags.ts';
import { describeMachine } from './support/machine.ts';
import { short } from './support/markdown.ts';
import { type Cost, runMeasured } from './support/processes.ts';
import { today, writeResult } from './support/results.ts';
import { inTurn, medianCost } from './support/rounds.ts';

const ROUNDS = 7;
const { sizes, save } = benchFlags(1_000_000);
const [rows = 0] = sizes;

const QUESTIONS: Readonly<Record<string, string>> = {
  'how many rows': 'SELECT count(*) FROM events',
  'one row by its key': 'SELECT * FROM events WHERE id = (SELECT max(id) FROM events)',
  'a mean by group': `SELECT "experimentPhase", "eventType", avg("sessionPerformanceScore"), count(DISTINCT "userId")
    FROM events GROUP BY ALL ORDER BY ALL`,
  'into documents': `SELECT "eventData"->>'action' AS action, avg(("eventData"->>'duration_ms')::int) FROM events
    WHERE json_type("eventData") = 'OBJECT' GROUP BY ALL ORDER BY ALL`,
};

await withDatabase(({ url, client }) =>
  withFolder(async (folder) => {
    await createEvents(client, rows);
    const datasets = { events: { table: 'BehavioralEvent' } };
    await writeFile(
      path.join(folder, 'snapkeep.config.json'),
      JSON.stringify({ capabilities: { versionStore: [] }, datasets }),
    );
    const { stdout } = await snapkeep(url, folder, ['export', 'events', '--json'], { stdout: 'text' });
    const { path: snapshot } = dataOf<{ path: string }>(stdout);
    const python = await benchPython();
    const cli = path.join(path.dirname(python), 'duckdb');
    const hasCli = await access(cli).then(
      () => true,
      () => false,
    );
    const view = `CREATE VIEW events AS FROM ${quoteLiteral(path.resolve(folder, snapshot, '*.parquet'))};`;
    const results: { question: string; sql: string; costs: Record<string, Cost> }[] = [];
    for (const [question, sql] of Object.entries(QUESTIONS)) {
      const asked = `${view} ${sql}`;
      const script = 'import duckdb, sys; duckdb.sql(sys.argv[1]); print(duckdb.sql(sys.argv[2]))';
      const ways: Readonly<Record<string, () => Promise<Cost>>> = {
        snapkeep: () => snapkeep(url, folder, ['query', sql]),
        Python: () => runMeasured(python, ['-c', script, view, sql]),
        ...(hasCli ? { 'DuckDB CLI': () => runMeasured(cli, ['-c', asked]) } : {}),
      };
      await inTurn(ways, 1);
      const costs = Object.entries(await inTurn(ways, ROUNDS)).map(([name, of]) => [name, medianCost(of)] as const);
      results.push({ question, sql, costs: Object.fromEntries(costs) });
      const told = costs.map(
        ([name, { seconds, peakMiB }]) => `${name} ${short(seconds)} s (${peakMiB.toFixed(0)} MiB)`,
      );
      process.stdout.write(`${question.padEnd(20)} ${told.join('  ')}\n`);
    }
    const result = { date: today(), command: `node bench/query.ts ${rows}`, machine: await describeMachine(client) };
    await writeResult('query', { ...result, rows, rounds: ROUNDS, results }, save);
  }),
);
