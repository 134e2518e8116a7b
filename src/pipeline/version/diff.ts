import { type Manifest, quoteIdentifier, quoteLiteral, SnapkeepError, type TimeWindow } from '@snapkeep/sdk';
import { type Engine, openEngine, readParquet } from '../../engine/engine.ts';
import { privateDirectory } from '../../store/layout.ts';
import { readManifest } from '../../store/manifest-file.ts';
import type { Runtime } from '../runtime.ts';
import { ensureBytes } from './restore.ts';
import { type SchemaChange, schemaChanges } from './schema-changes.ts';
import { openVersions, selectVersion, type VersionedDataset } from './select.ts';

export interface DiffInput {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Compares all rows, also where the versions hold different windows of time: what readers of `latest` see change. */
  readonly whole?: boolean;
}

/** How one version differs from another; the `data` of `version diff --json`. */
export interface DiffResult {
  readonly dataset: string;
  readonly from: { readonly version: number; readonly snapshot: string; readonly rows: number };
  readonly to: { readonly version: number; readonly snapshot: string; readonly rows: number };
  /** By primary key, or `null`: rows are compared as a whole, a changed row counts as removed and added. */
  readonly key: readonly string[] | null;
  readonly rows: {
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
    readonly unchanged: number;
  };
  /** Columns of both versions in which rows differ, most frequent first. */
  readonly columns: readonly { readonly name: string; readonly changed: number }[];
  readonly schema: readonly SchemaChange[];
  /** Where the versions hold different windows of time: only what both can hold is compared. */
  readonly window: TimeWindow | null;
}

interface Side {
  readonly version: number;
  readonly manifest: Manifest;
  readonly source: string;
}

async function openSide(runtime: Runtime, dataset: VersionedDataset, selector: string): Promise<Side> {
  const { layout } = dataset;
  const { version, snapshot } = selectVersion(dataset, selector);
  const manifest = await readManifest(layout, snapshot);
  await ensureBytes(runtime, layout, manifest);
  const directory = layout.absolute(layout.snapshot(snapshot));
  return { version, manifest, source: readParquet(manifest.files.map(({ path }) => `${directory}/${path}`)) };
}

/** The later beginning and the earlier end, where the two windows differ; `null` where there is nothing to cut. */
function overlap(a: TimeWindow | null, b: TimeWindow | null): TimeWindow | null {
  const column = a?.column ?? b?.column;
  if (column === undefined || (a && b && a.column !== b.column)) return null;
  if (a?.from === b?.from && a?.to === b?.to) return null;
  const bounds = (pick: 'from' | 'to') => [a?.[pick], b?.[pick]].filter((bound) => typeof bound === 'string');
  const byTime = (x: string, y: string) => Date.parse(x) - Date.parse(y);
  return { column, from: bounds('from').sort(byTime).at(-1) ?? null, to: bounds('to').sort(byTime)[0] ?? null };
}

function within(window: TimeWindow | null): string {
  if (window === null) return '';
  // The column may be kept as text.
  const column = `TRY_CAST(${quoteIdentifier(window.column)} AS TIMESTAMPTZ)`;
  const conditions = [
    ...(window.from === null ? [] : [`${column} >= ${quoteLiteral(window.from)}`]),
    ...(window.to === null ? [] : [`${column} < ${quoteLiteral(window.to)}`]),
  ];
  return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
}

const NUMBERS = /^(SMALLINT|INTEGER|BIGINT|DECIMAL\(\d+,\d+\))$/;

/** Whether values of the two types can be compared as they are: 1.50 and 1.500 are equal, their texts are not. */
function comparable(a: string, b: string | undefined): boolean {
  return a === b || (NUMBERS.test(a) && b !== undefined && NUMBERS.test(b));
}

/** The columns of both, each in a form in which equal values are equal whatever type it had. */
function sharedColumns(from: Manifest, to: Manifest): { name: string; value: string }[] {
  const after = new Map(to.plan.columns.map((column) => [column.name, column.fileType]));
  return from.plan.columns
    .filter(({ name }) => after.has(name))
    .map(({ name, fileType }) => ({
      name,
      value: comparable(fileType, after.get(name)) ? quoteIdentifier(name) : `${quoteIdentifier(name)}::VARCHAR`,
    }));
}

/** A NULL is equal to a NULL, a NaN to a NaN; documents are compared as their text. */
async function diffByKey(engine: Engine, from: Side, to: Side, key: readonly string[], where: string): Promise<Counts> {
  const columns = sharedColumns(from.manifest, to.manifest);
  const rest = columns.filter(({ name }) => !key.includes(name));
  const select = (side: Side) => {
    const keys = key.map((name, index) => {
      const value = columns.find((column) => column.name === name)?.value ?? quoteIdentifier(name);
      return `${value} AS k${index}`;
    });
    const values = rest.map(({ value }, index) => `${value} AS c${index}`);
    return `(SELECT ${[...keys, ...values].join(', ')} FROM ${side.source}${where})`;
  };
  const on = key.map((_, index) => `a.k${index} = b.k${index}`).join(' AND ');
  const differs = rest.map((_, index) => `a.c${index} IS DISTINCT FROM b.c${index}`);
  const perColumn = differs.map((_, index) => `count(*) FILTER (both_there AND d${index}) AS d${index}`);
  const flags = differs.map((condition, index) => `${condition} AS d${index}`);
  const anyDiffers = rest.length > 0 ? rest.map((_, index) => `d${index}`).join(' OR ') : 'false';
  const row = await engine.row(
    `SELECT count(*) FILTER (a_key IS NULL) AS added, count(*) FILTER (b_key IS NULL) AS removed,
       count(*) FILTER (both_there AND (${anyDiffers})) AS changed, count(*) FILTER (both_there) AS both
       ${perColumn.length > 0 ? `, ${perColumn.join(', ')}` : ''}
     FROM (SELECT a.k0 AS a_key, b.k0 AS b_key, a.k0 IS NOT NULL AND b.k0 IS NOT NULL AS both_there
       ${flags.length > 0 ? `, ${flags.join(', ')}` : ''}
       FROM ${select(from)} a FULL OUTER JOIN ${select(to)} b ON ${on})`,
  );
  const changed = Number(row.changed);
  return {
    rows: {
      added: Number(row.added),
      removed: Number(row.removed),
      changed,
      unchanged: Number(row.both) - changed,
    },
    columns: rest
      .map(({ name }, index) => ({ name, changed: Number(row[`d${index}`]) }))
      .filter((column) => column.changed > 0)
      .sort((a, b) => b.changed - a.changed),
  };
}

type Counts = Pick<DiffResult, 'rows' | 'columns'>;

/** Without a key a row is the sum of its values, as often as it stands there. */
async function diffAsMultiset(engine: Engine, from: Side, to: Side, where: string): Promise<Counts> {
  const columns = sharedColumns(from.manifest, to.manifest);
  const values = columns.map(({ value }, index) => `${value} AS c${index}`).join(', ');
  const grouped = (side: Side, sign: number) =>
    `SELECT *, ${sign} AS side FROM (SELECT ${values} FROM ${side.source}${where})`;
  const row = await engine.row(
    `SELECT coalesce(sum(greatest(after - before, 0)), 0) AS added, coalesce(sum(greatest(before - after, 0)), 0) AS removed,
       coalesce(sum(least(before, after)), 0) AS unchanged
     FROM (SELECT count(*) FILTER (side = 0) AS before, count(*) FILTER (side = 1) AS after
       FROM (${grouped(from, 0)} UNION ALL ${grouped(to, 1)}) GROUP BY ${columns.map((_, index) => `c${index}`).join(', ')})`,
  );
  return {
    rows: {
      added: Number(row.added),
      removed: Number(row.removed),
      changed: 0,
      unchanged: Number(row.unchanged),
    },
    columns: [],
  };
}

function commonKey(from: Manifest, to: Manifest): readonly string[] | null {
  const key = to.plan.key;
  const same = key.length > 0 && key.join('\n') === from.plan.key.join('\n');
  return same ? key : null;
}

/** Compares two versions row by row. */
export async function diffVersions(runtime: Runtime, input: DiffInput): Promise<DiffResult> {
  const dataset = await openVersions(runtime, input.name);
  const from = await openSide(runtime, dataset, input.from);
  const to = await openSide(runtime, dataset, input.to);
  const key = commonKey(from.manifest, to.manifest);
  const shared = sharedColumns(from.manifest, to.manifest).map(({ name }) => name);
  const cut = input.whole ? null : overlap(from.manifest.plan.window, to.manifest.plan.window);
  // A time column that one of them lacks, or had under another name, cuts nothing.
  const window = cut !== null && shared.includes(cut.column) ? cut : null;
  if (shared.length === 0) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `v${from.version} and v${to.version} have no column in common`);
  }
  const engine = await openEngine({ spillDirectory: `${privateDirectory(runtime.root)}/spill`, memoryLimitMB: 1024 });
  const stop = () => engine.interrupt();
  runtime.signal.addEventListener('abort', stop, { once: true });
  try {
    const where = within(window);
    const counts =
      key === null ? await diffAsMultiset(engine, from, to, where) : await diffByKey(engine, from, to, key, where);
    const sideOf = ({ version, manifest }: Side) => ({ version, snapshot: manifest.snapshot, rows: manifest.rows });
    return {
      dataset: dataset.layout.dataset,
      from: sideOf(from),
      to: sideOf(to),
      key,
      ...counts,
      schema: schemaChanges(from.manifest.plan, to.manifest.plan),
      window,
    };
  } finally {
    runtime.signal.removeEventListener('abort', stop);
    engine.close();
  }
}
