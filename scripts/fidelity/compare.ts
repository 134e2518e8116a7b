import { join } from 'node:path';
import { messageOf } from '@snapkeep/sdk';
import type pg from 'pg';
import { literal, type TypeCase } from '../../test/fidelity/cases.ts';
import { readByDuckdb } from '../../test/fidelity/readers/duckdb.ts';
import { readByPyarrow } from '../../test/fidelity/readers/pyarrow.ts';
import { signature } from '../../test/fidelity/seen-types.ts';
import { ColumnRefused, type Exporter } from './exporter.ts';
import { Judge, type Read, readOf } from './judge.ts';
import type { Cell, ColumnResult } from './report.ts';

/** Values of a case in the order of their ids; the last is NULL. */
export function valuesOf({ values, refused = [] }: TypeCase): readonly (string | null)[] {
  return [...values, ...refused, null];
}

/** A table `case_<name>` for each case, with the columns `id` and `v`. */
export async function createTables(client: pg.Client, cases: readonly TypeCase[]): Promise<void> {
  await client.query("SET TimeZone = 'UTC'");
  for (const statement of cases.flatMap(({ prelude = [] }) => prelude)) await client.query(statement);
  for (const one of cases) {
    await client.query(`CREATE TABLE case_${one.name} (id integer PRIMARY KEY, v ${one.sql})`);
    const rows = valuesOf(one).map((value, id) => `(${id}, ${literal(one.sql, value)})`);
    await client.query(`INSERT INTO case_${one.name} VALUES ${rows.join(', ')}`);
  }
}

/** The values as the server prints them. */
export async function printed(client: pg.Client, one: TypeCase): Promise<(string | null)[]> {
  const { rows } = await client.query(
    `SELECT CASE WHEN v IS DISTINCT FROM NULL THEN format('%s', v) END AS text FROM case_${one.name} ORDER BY id`,
  );
  return rows.map(({ text }) => text as string | null);
}

/** What a tool wrote for a case, and why not in one file. */
interface Written {
  readonly rejectedWhole?: string;
  /** Values that are accepted are so one by one only. */
  readonly apart?: true;
  /** By id: the file that holds it, or why there is none. */
  readonly places: readonly Place[];
}

type Place = { readonly file: string } | { readonly reason: string; readonly anyValue: boolean };

const isWritten = (place: Place | undefined): place is { readonly file: string } =>
  place !== undefined && 'file' in place;

async function attempt(exporter: Exporter, table: string, id: number | null, out: string): Promise<Place> {
  try {
    await exporter.export({ table, id, out });
    return { file: out };
  } catch (error) {
    return { reason: messageOf(error), anyValue: error instanceof ColumnRefused };
  }
}

/**
 * All values in one file. Where the tool rejects the column: each on its own, to see which it rejects, then those that
 * are left in one file again, as types may depend on what else is in a column.
 */
async function write(tool: ToolUnderTest, one: TypeCase, client: pg.Client, folder: string): Promise<Written> {
  const table = `case_${one.name}`;
  const whole = await attempt(tool.exporter, table, null, join(folder, `${table}.parquet`));
  const ids = valuesOf(one).map((_, id) => id);
  if (isWritten(whole)) return { places: ids.map(() => whole) };
  if (whole.anyValue) return { rejectedWhole: whole.reason, places: ids.map(() => whole) };
  const alone: Place[] = [];
  for (const id of ids) alone.push(await attempt(tool.exporter, table, id, join(folder, `${table}-${id}.parquet`)));
  const accepted = ids.filter((id) => isWritten(alone[id]));
  if (accepted.length === 0) return { rejectedWhole: whole.reason, places: alone };
  const rest = `${table}_${tool.id}`;
  await client.query(`CREATE TABLE ${rest} (LIKE ${table} INCLUDING ALL)`);
  await client.query(`INSERT INTO ${rest} SELECT * FROM ${table} WHERE id IN (${accepted.join(', ')})`);
  const together = await attempt(tool.exporter, rest, null, join(folder, `${rest}.parquet`));
  if (!isWritten(together)) return { rejectedWhole: whole.reason, apart: true, places: alone };
  return { rejectedWhole: whole.reason, places: alone.map((place) => (isWritten(place) ? together : place)) };
}

interface Reads {
  readonly pyarrow: Read | undefined;
  readonly duckdb: Read | undefined;
}

async function readAll(files: readonly string[]): Promise<Map<string, Reads>> {
  const byPyarrow = await readByPyarrow(files);
  const reads = new Map<string, Reads>();
  for (const [index, file] of files.entries()) {
    const duckdb = await readByDuckdb(file).then(readOf, () => undefined);
    reads.set(file, { pyarrow: readOf(byPyarrow[index]?.columns ?? []), duckdb });
  }
  return reads;
}

interface ToolUnderTest {
  readonly id: string;
  readonly exporter: Exporter;
}

/**
 * What one tool makes of every case, whose tables are there.
 * @param folder - absolute, empty; for the files it writes
 */
export async function compareTool(
  tool: ToolUnderTest,
  client: pg.Client,
  folder: string,
  cases: readonly TypeCase[],
): Promise<Map<string, ColumnResult>> {
  const written = new Map<TypeCase, Written>();
  for (const one of cases) {
    written.set(one, await write(tool, one, client, folder));
  }
  const places = [...written.values()].flatMap((of) => of.places);
  const reads = await readAll([...new Set(places.filter(isWritten).map(({ file }) => file))]);
  const judge = new Judge(client);
  const results = new Map<string, ColumnResult>();
  for (const [one, { places: at, rejectedWhole, apart }] of written) {
    const cells: Cell[] = [];
    const types = new Set<string>();
    for (const [id, place] of at.entries()) {
      const found = isWritten(place) ? reads.get(place.file) : undefined;
      if ('reason' in place) cells.push({ verdict: 'rejected', reason: place.reason });
      else cells.push(await judge.cell(one, id, found ?? { pyarrow: undefined, duckdb: undefined }));
      const type = found?.pyarrow?.type ?? found?.duckdb?.type;
      // A file of one NULL may say nothing of its type.
      if (type && type.kind !== 'null') types.add(signature(type));
    }
    results.set(one.name, {
      type: types.size > 0 ? [...types].join(' or ') : null,
      ...(rejectedWhole === undefined ? {} : { rejectedWhole }),
      ...(apart ? { apart } : {}),
      cells,
    });
  }
  return results;
}
