import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { compareTool, createTables } from '../../scripts/fidelity/compare.ts';
import type { Verdict } from '../../scripts/fidelity/report.ts';
import type { TypeCase } from '../../test/fidelity/cases.ts';
import type { Found } from './list.ts';

/** A few of those that docs/fidelity.md has, where tools differ; the names are its own. */
const CASES: readonly TypeCase[] = [
  { name: 'bigint', sql: 'bigint', values: ['9007199254740993', '9223372036854775807'] },
  { name: 'numeric_38_10', sql: 'numeric(38,10)', values: ['12345678901234567890.1234567891', '-0.0000000001'] },
  { name: 'numeric', sql: 'numeric', values: ['12345678901234567890.1234567891', '0.1'] },
  { name: 'numeric_12_2', about: 'NaN', sql: 'numeric(12,2)', values: ['0.10', 'NaN'] },
  { name: 'double', sql: 'double precision', values: ['0.1', 'NaN', '-Infinity'] },
  {
    name: 'timestamptz',
    sql: 'timestamptz',
    values: ['2025-10-27 10:00:00.123456+00', '1969-12-31 23:59:59.999999+00'],
  },
  { name: 'jsonb', sql: 'jsonb', values: ['{"a": 9007199254740993, "b": [1, null]}', '"text"'] },
  { name: 'uuid', sql: 'uuid', values: ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6'] },
  { name: 'bytea', sql: 'bytea', values: ['\\x', '\\xdeadbeef5c2200ff'] },
  { name: 'array_int', sql: 'integer[]', values: ['{1,NULL,3}', '{}'] },
  { name: 'array_text', sql: 'text[]', values: ['{"a,b","\\"",NULL,"NULL",""}', '{}'] },
];

/** What became of the values of one type: the worst of them, and of how many. */
export interface TypeVerdict {
  /** As SQL names it, and which values it is about. */
  readonly type: string;
  /** By tool. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
}

const WORST_FIRST: readonly Verdict[] = ['changed', 'rejected', 'annotated', 'exact'];

/** How ours move rows makes no difference to what is written. */
const isOtherLane = (id: string) => id.startsWith('snapkeep-');

/** Every tool over a table of each type, its files read back by pyarrow and DuckDB and compared on the server. Not timed. */
export async function compareValues(
  client: pg.Client,
  tools: readonly Found[],
  folder: string,
): Promise<TypeVerdict[]> {
  await createTables(client, CASES);
  const byTool = new Map<string, ReadonlyMap<string, Verdict>>();
  const queue = tools.filter(({ about }) => about.writes !== false && !isOtherLane(about.id));
  const ids = queue.map(({ about }) => about.id);
  const work = async (): Promise<void> => {
    for (let tool = queue.shift(); tool; tool = queue.shift()) {
      byTool.set(tool.about.id, await verdictsOf(tool, client, path.join(folder, `values-${tool.about.id}`)));
    }
  };
  await Promise.all([work(), work()]);
  return CASES.map(({ name, sql, about }) => ({
    type: about ? `${sql}, ${about}` : sql,
    verdicts: Object.fromEntries(ids.map((id) => [id, byTool.get(id)?.get(name) ?? 'rejected'])),
  }));
}

async function verdictsOf(
  { about, opened }: Found,
  client: pg.Client,
  files: string,
): Promise<ReadonlyMap<string, Verdict>> {
  await mkdir(files, { recursive: true });
  const exporter = {
    export: async ({ table, id, out }: { table: string; id: number | null; out: string }) => {
      const [only] = (await opened.export({ schema: 'public', table, ...(id === null ? {} : { id }), out })).files;
      if (!only) throw new Error('no file was written');
      if (only !== out) await replace(only, out);
    },
    close: async () => undefined,
  };
  const results = await compareTool({ id: about.id, exporter }, client, files, CASES);
  return new Map(
    [...results].map(([name, { cells }]) => {
      const worst = WORST_FIRST.find((verdict) => cells.some((cell) => cell.verdict === verdict));
      return [name, worst ?? 'exact'];
    }),
  );
}

/** Where a tool made a folder of that name, or has places of its own. */
async function replace(from: string, to: string): Promise<void> {
  const aside = `${to}.aside`;
  await cp(from, aside);
  await rm(to, { recursive: true, force: true });
  await cp(aside, to);
  await rm(aside);
}
