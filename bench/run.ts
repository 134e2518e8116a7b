/**
 * snapkeep and other ways from PostgreSQL to Parquet, on the same table, in turn, in one run: `npm run bench`.
 * `-- --rows 100000 --only duckdb,adbc` for a quick look; `-- --url URL --table schema.table [--schema FILE]` on a table of
 * yours. Tools that can't be had here are said to be missing; how each is called stands in alternatives/ and in the result.
 */

import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '@snapkeep/sdk';
import { compareTools, type Table } from './alternatives/compare.ts';
import { ALTERNATIVES, openAlternatives } from './alternatives/list.ts';
import { type Comparison, writeComparison } from './alternatives/report.ts';
import { compareValues } from './alternatives/values.ts';
import { ROOT, withFolder } from './support/cli.ts';
import { createEvents, type Database, withDatabase } from './support/database.ts';
import { describeMachine } from './support/machine.ts';
import { today } from './support/results.ts';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
    url: { type: 'string' },
    table: { type: 'string' },
    schema: { type: 'string' },
    build: { type: 'boolean', default: false },
    'no-values': { type: 'boolean', default: false },
  },
});
const EVENTS = { schema: 'public', table: 'BehavioralEvent' };
const rows = Number(flags.rows ?? 1_000_000);
const rounds = Number(flags.rounds ?? 3);
const only = flags.only?.split(',');
const unknown = only?.filter((id) => !ALTERNATIVES.some((one) => one.id === id)) ?? [];
const usage =
  (unknown.length > 0 &&
    `there is no tool ${unknown.join(', ')}; there are ${ALTERNATIVES.map(({ id }) => id).join(', ')}`) ||
  (!(rows > 0 && rounds > 0) && '--rows and --rounds are numbers above 0') ||
  ((flags.url === undefined) !== (flags.table === undefined) && '--url and --table go together');
if (usage) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
/** The figures that are kept in the repository are those of a whole run. */
const kept =
  Object.keys(flags).every((name) => ['build', 'no-values', 'rounds'].includes(name)) &&
  !flags['no-values'] &&
  rounds >= 3;
/** Ours run always, unless some of them are named. */
const isWanted = (id: string) =>
  !only || only.includes(id) || (id.startsWith('snapkeep') && !only.some((name) => name.startsWith('snapkeep')));
const tell = (line: string) => process.stderr.write(`${line}\n`);

async function tableOf({ client }: Database): Promise<Table> {
  if (flags.table === undefined) {
    tell(`${rows} rows of BehavioralEvent are made …`);
    await createEvents(client, rows);
    return { ...EVENTS, rows };
  }
  const [schema = '', table = ''] = flags.table.includes('.') ? flags.table.split('.') : ['public', flags.table];
  const counted = await client.query(
    `SELECT count(*) AS rows FROM ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`,
  );
  return { schema, table, rows: Number(counted.rows[0].rows) };
}

const started = performance.now();
await withDatabase(
  (database) =>
    withFolder(async (folder) => {
      const table = await tableOf(database);
      const ours = flags.table === undefined ? path.join(ROOT, 'schemas/behavioral-event.schema.json') : undefined;
      const schema = flags.schema === undefined ? ours : path.resolve(flags.schema);
      const url = database.url.replace(/^postgres:/, 'postgresql:');
      const place = { url, folder, build: flags.build };
      const { found, missing } = await openAlternatives({ ...place, ...(schema ? { schema } : {}) }, isWanted);
      for (const { name, why } of missing) tell(`missing: ${name}: ${why}`);
      const options = { rounds, folder, ...(database.pid === undefined ? {} : { serverPid: database.pid }) };
      const tools = await compareTools(found, table, options, tell);
      let values: Comparison['values'];
      if (!flags['no-values'] && flags.url === undefined) {
        tell('values of other types are compared …');
        const { found: again } = await openAlternatives({ ...place, folder: path.join(folder, 'values') }, isWanted);
        values = await compareValues(database.client, again, folder);
      }
      const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...shown()] : [])].join(' ');
      const comparison: Comparison = {
        date: today(),
        command,
        machine: await describeMachine(database.client),
        minutes: (performance.now() - started) / 60_000,
        table,
        rounds,
        tools,
        missing,
        ...(values ? { values } : {}),
      };
      const { markdown, files } = await writeComparison(comparison, kept);
      process.stdout.write(`${markdown}\n`);
      for (const file of files) tell(path.relative(process.cwd(), file));
    }),
  flags.url,
).catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});

/** The arguments as given, but no address, which may hold a password. */
function shown(): string[] {
  return process.argv
    .slice(2)
    .map((argument, index, all) => (all[index - 1] === '--url' ? 'URL' : argument.replace(/^--url=.*/, '--url=URL')));
}
