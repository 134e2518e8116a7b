import { lstat } from 'node:fs/promises';
import { quoteIdentifier, SnapkeepError } from '@snapkeep/sdk';
import { confineEngine, type Engine, type EngineValue, openEngine, readParquet } from '../engine/engine.ts';
import { isWideInteger, narrowInteger } from '../engine/wide-integers.ts';
import { privateDirectory } from '../store/layout.ts';
import { requireReading, sqlFailed } from './query-statement.ts';
import type { Runtime } from './runtime.ts';
import { manifestOf } from './version/manifests.ts';
import { datasetNames } from './version/names.ts';
import { ensureBytes } from './version/restore.ts';
import { openVersions, selectVersion } from './version/select.ts';
import { isCommon } from './version/selector.ts';

export interface QueryInput {
  readonly sql: string;
  /** A date, tag or commit for all; `v1`, where one dataset is meant; or `NAME=v2`, as often as needed. */
  readonly at?: readonly string[] | undefined;
}

export interface QueryColumn {
  readonly name: string;
  /** DuckDB's name of the type. */
  readonly type: string;
}

/** An answer whose rows come as they are made. */
export interface QueryAnswer {
  readonly columns: readonly QueryColumn[];
  /** Versions that the views stood for, by dataset. */
  readonly versions: Readonly<Record<string, number>>;
  /** 64-bit integers as numbers where they are safe, as text where not; all else in DuckDB's JSON form. */
  rows(): AsyncIterable<EngineValue[]>;
}

/** The datasets that the SQL reads. DuckDB can't name those of a PIVOT: there whatever the text mentions counts. */
function datasetsIn(engine: Engine, sql: string, names: readonly string[]): readonly string[] {
  const tables = new Set(engine.connection.getTableNames(sql, false).map((table) => table.toLowerCase()));
  if (tables.size > 0) return names.filter((name) => tables.has(name));
  return names.filter((name) => sql.toLowerCase().includes(name));
}

/**
 * The selector of each dataset that the SQL reads. A bare date, tag or commit holds for all that have none of their
 * own; any other bare selector for the only one there is.
 */
function selectors(at: readonly string[], names: readonly string[], meant: readonly string[]): Map<string, string> {
  const own = new Map<string, string>();
  const bare: string[] = [];
  for (const text of at) {
    const equals = text.indexOf('=');
    if (equals > 0) own.set(text.slice(0, equals), text.slice(equals + 1));
    else bare.push(text);
  }
  for (const name of own.keys()) {
    if (!names.includes(name)) throw new SnapkeepError('SNAPKEEP_DATASET_UNKNOWN', `--at ${name}=…: no such dataset`);
  }
  const [first, second] = bare;
  if (second !== undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `--at ${first} and --at ${second}: to which dataset does each belong?`, {
      hint: `Write --at NAME=${first} --at NAME=${second}.`,
    });
  }
  const left = meant.filter((name) => !own.has(name));
  if (first !== undefined && left.length !== 1 && !isCommon(first, Date.now())) {
    const none = left.length === 0;
    const why = none ? 'the query reads no dataset that it could belong to' : `it could belong to ${left.join(', ')}`;
    throw new SnapkeepError('SNAPKEEP_USAGE', `--at ${first}: ${why}`, {
      hint: none
        ? names.length === 0
          ? 'No dataset has a version yet: snapkeep export NAME makes one.'
          : `Datasets are views by their names: ${names.join(', ')}.`
        : `Write --at NAME=${first}, once for each dataset.`,
    });
  }
  return new Map(meant.map((name) => [name, own.get(name) ?? first ?? 'latest']));
}

async function createView(runtime: Runtime, engine: Engine, name: string, selector: string): Promise<number> {
  const dataset = await openVersions(runtime, name);
  const { layout } = dataset;
  const line = await selectVersion(runtime, dataset, selector);
  const manifest = await manifestOf(runtime, layout, line);
  const files = manifest.files.map(({ path }) => layout.absolute(`${layout.snapshot(line.snapshot)}/${path}`));
  // Every byte is read only where names and sizes already say that something is wrong: a query shall be quick.
  const sizes = await Promise.all(
    files.map((file) =>
      lstat(file).then(
        (stats) => (stats.isFile() ? stats.size : null),
        () => null,
      ),
    ),
  );
  if (manifest.files.some(({ bytes }, index) => sizes[index] !== bytes)) await ensureBytes(runtime, layout, manifest);
  await engine.run(`CREATE VIEW ${quoteIdentifier(layout.dataset)} AS SELECT * FROM ${readParquet(files)}`);
  return line.version;
}

/** The user's SQL sees the project's data and nothing else. */
async function confine({ root, config }: Runtime, engine: Engine): Promise<void> {
  await confineEngine(engine, [`${root}/${config.dataDirectory}`, `${privateDirectory(root)}/spill`]);
  await engine.run('SET lock_configuration = true');
}

function jsonRow(row: readonly EngineValue[], wide: readonly boolean[]): EngineValue[] {
  return row.map((value, index) => (wide[index] ? narrowInteger(value) : value));
}

/** Runs SQL over the datasets, each a view by its name, and gives the answer to `use`. */
export async function queryVersions<T>(
  runtime: Runtime,
  input: QueryInput,
  use: (answer: QueryAnswer) => Promise<T>,
): Promise<T> {
  const names = await datasetNames(runtime);
  const engine = await openEngine({ spillDirectory: `${privateDirectory(runtime.root)}/spill`, memoryLimitMB: 2048 });
  const stop = () => engine.interrupt();
  runtime.signal.addEventListener('abort', stop, { once: true });
  try {
    const versions: Record<string, number> = {};
    const chosen = selectors(input.at ?? [], names, datasetsIn(engine, input.sql, names));
    for (const [name, selector] of chosen) versions[name] = await createView(runtime, engine, name, selector);
    await confine(runtime, engine);
    const run = async () => {
      await requireReading(engine.connection, input.sql);
      return engine.connection.stream(input.sql);
    };
    const result = await run().catch((cause: unknown) => {
      runtime.signal.throwIfAborted();
      throw sqlFailed(cause, names);
    });
    const columns = result
      .deduplicatedColumnNames()
      .map((name, index) => ({ name, type: String(result.columnType(index)) }));
    // Loads DuckDB's client, as the engine has by now.
    const { jsonRows } = await import('../engine/json-values.ts');
    const wide = columns.map(({ type }) => isWideInteger(type));
    const rows = async function* (): AsyncGenerator<EngineValue[]> {
      try {
        for await (const chunk of result) {
          for (const row of jsonRows(chunk)) yield jsonRow(row, wide);
        }
      } catch (cause) {
        runtime.signal.throwIfAborted();
        throw sqlFailed(cause, names);
      }
    };
    return await use({ columns, versions, rows });
  } finally {
    runtime.signal.removeEventListener('abort', stop);
    engine.close();
  }
}
