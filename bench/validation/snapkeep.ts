// One of our validators over the rows of bench/validation.ts: node snapkeep.ts TOOL ROWS.ndjson SCHEMA.json
// Reads and prepares the rows, then validates them; prints what tools.py prints.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type Column, type CompiledValidator, type JsonRow, type LogicalType, quoteLiteral } from '@snapkeep/sdk';
import { createTestContext, prepared, TEST_INSTANT } from '@snapkeep/sdk/conformance';
import { ajvValidator } from '@snapkeep/validate-ajv';
import { openEngine } from '../../src/engine/engine.ts';
import { rowBuilder } from '../../src/pipeline/export/row-lane.ts';

const INTEGERS = ['dayOfWeek', 'sessionPerformanceScore', 'timeOfDay', 'randomizationSeed'];

function typeOf(name: string): readonly [LogicalType, string] {
  if (INTEGERS.includes(name)) return [{ kind: 'integer', bits: 32 }, 'INTEGER'];
  if (name === 'eventData') return [{ kind: 'json' }, 'JSON'];
  if (name === 'timestamp') return [{ kind: 'timestamp', utc: true }, 'TIMESTAMPTZ'];
  return [{ kind: 'string' }, 'VARCHAR'];
}

function report(bad: number, from: { readonly ms: number; readonly cpu: NodeJS.CpuUsage }): void {
  const { user, system } = process.cpuUsage(from.cpu);
  const seconds = (performance.now() - from.ms) / 1_000;
  process.stdout.write(`${JSON.stringify({ bad, seconds, cpuSeconds: (user + system) / 1_000_000 })}\n`);
}
const now = () => ({ ms: performance.now(), cpu: process.cpuUsage() });

async function documents(file: string): Promise<JsonRow[]> {
  const rows: JsonRow[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) rows.push(JSON.parse(line));
  return rows;
}

const countBad = (rows: readonly JsonRow[], { check }: CompiledValidator) =>
  rows.reduce((bad, row) => bad + (check(row).length > 0 ? 1 : 0), 0);

/** The texts that the server would send. */
function textsOf(row: JsonRow, names: readonly string[]): (string | null)[] {
  return names.map((name) => {
    const value = row[name] ?? null;
    if (value === null) return null;
    if (name === 'timestamp') return `${value}`.replace('T', ' ').replace('Z', '+00');
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}

const [tool = '', file = '', schemaFile = ''] = process.argv.slice(2);
const schema = JSON.parse(await readFile(schemaFile, 'utf8'));
const names = Object.keys(schema.properties);
const columns = names.map((name): Column => ({ name, sourceType: 'x', type: typeOf(name)[0], nullable: true }));
const validator = await prepared(ajvValidator.compile({ schema, columns, instant: TEST_INSTANT }, createTestContext()));
const rows = await documents(file);

if (tool === 'sql') {
  const engine = await openEngine({});
  const types = names.map((name) => `${quoteLiteral(name)}: '${typeOf(name)[1]}'`).join(', ');
  await engine.run(`CREATE TABLE events AS SELECT * FROM read_json(${quoteLiteral(file)}, columns = {${types}})`);
  const start = now();
  const predicate = validator.predicate?.(new Map(names.map((name) => [name, `"${name}"`])));
  if (!predicate || 'reason' in predicate) throw new Error(`no predicate: ${predicate?.reason}`);
  // What it doesn't let through is judged by ajv, as in an export.
  const left = await engine.rows(`SELECT rowid FROM events WHERE (${predicate.sql}) IS NOT TRUE`);
  const undecided = left.map(({ rowid }) => rows[Number(rowid)]).filter((row) => row !== undefined);
  report(countBad(undecided, validator), start);
  await engine.close();
} else if (tool === 'ajv') {
  const start = now();
  report(countBad(rows, validator), start);
} else if (tool === 'row-lane') {
  const texts = rows.map((row) => textsOf(row, names));
  const toRow = rowBuilder({ columns } as unknown as Parameters<typeof rowBuilder>[0]);
  const start = now();
  let bad = 0;
  for (const row of texts) if (validator.check(toRow(row)).length > 0) bad += 1;
  report(bad, start);
} else throw new Error(`no tool ${tool}`);
