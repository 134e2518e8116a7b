import { SnapkeepError, type TimeWindow } from '@snapkeep/sdk';
import { openEngine } from '../../../engine/engine.ts';
import { privateDirectory } from '../../../store/layout.ts';
import type { Runtime } from '../../runtime.ts';
import { type SchemaChange, schemaChanges } from '../../schema/changes.ts';
import { openVersions } from '../select.ts';
import { compare, type DiffCounts } from './compare.ts';
import { Differences } from './differences.ts';
import { sharedColumns } from './forms.ts';
import { chooseKey } from './key.ts';
import { keyColumn } from './layout.ts';
import { checkOutput, DIFF_FORMAT, type OutputFormat, writeWhole } from './output.ts';
import { type DiffSamples, takeSamples } from './samples.ts';
import { emptySide, openSide, readSides, type Side } from './side.ts';
import { csvLines, jsonArray, jsonLines, writeTexts } from './text-output.ts';
import { overlap, windowConditions } from './window.ts';

export interface DiffInput {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Columns that tell rows apart, instead of the versions' own key; each one name, or several with commas. */
  readonly key?: readonly string[] | undefined;
  /** How many rows of each kind are shown. */
  readonly rows?: number | undefined;
  /** Absolute path of a file that gets every row that differs, in the format that its name says. */
  readonly output?: string | undefined;
  /** Whether that file may be there already. */
  readonly force?: boolean | undefined;
  /** Compares all rows, also where the versions hold different windows of time: what readers of `latest` see change. */
  readonly whole?: boolean | undefined;
}

export interface DiffedVersion {
  readonly version: number;
  readonly snapshot: string;
  readonly rows: number;
}

/** How one version differs from another; the `data` of `version diff --json`. */
export interface DiffResult {
  readonly dataset: string;
  readonly from: DiffedVersion;
  readonly to: DiffedVersion;
  /** Whether their content hashes are equal: then no row was read. */
  readonly identical: boolean;
  /** By which columns rows were matched, or `null`: rows are compared as a whole, a changed row counts as removed and added. */
  readonly key: readonly string[] | null;
  readonly rows: DiffCounts['rows'];
  readonly columns: DiffCounts['columns'];
  readonly schema: readonly SchemaChange[];
  /** Where the versions hold different windows of time: only what both can hold is compared. */
  readonly window: TimeWindow | null;
  /** The first rows of each kind; `null` where none were asked for. */
  readonly samples: DiffSamples | null;
  /** The file that was written. */
  readonly output: string | null;
}

/** Every row that differs, as texts in the columns of a table of differences. */
export interface DiffTexts {
  readonly columns: readonly string[];
  rows(): AsyncIterable<readonly (string | null)[]>;
}

/** DuckDB's part; the whole process takes some 150 MB more. Measured: bench/diff.ts, docs/adr/0016. */
const MEMORY_LIMIT_MB = 512;

/**
 * Compares two versions row by row.
 * @param use - is given every row that differs
 * @throws SNAPKEEP_DATASET_UNKNOWN, SNAPKEEP_VERSION_UNKNOWN, SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_KEY_NOT_UNIQUE
 */
export async function diffVersions(
  runtime: Runtime,
  input: DiffInput,
  use?: (texts: DiffTexts) => Promise<void>,
): Promise<DiffResult> {
  const { output, rows: samples = 0 } = input;
  const format = output === undefined ? null : await checkOutput(runtime, output, input.force ?? false);
  const dataset = await openVersions(runtime, input.name);
  const [from, to] = [await openSide(runtime, dataset, input.from), await openSide(runtime, dataset, input.to)];
  const shared = sharedColumns(from.columns, to.columns);
  if (shared.length === 0) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `v${from.version} and v${to.version} have no column in common`);
  }
  const key = chooseKey(from, to, input.key);
  const identical = from.manifest.contentHash === to.manifest.contentHash;
  const cut = input.whole || identical ? null : overlap(from.manifest.plan.window, to.manifest.plan.window);
  // A time column that one of them lacks, or had under another name, cuts nothing.
  const window = cut !== null && shared.some(({ name }) => name === cut.column) ? cut : null;
  const facts = {
    dataset: dataset.layout.dataset,
    from: summary(from),
    to: summary(to),
    identical,
    key: key?.columns ?? null,
    schema: schemaChanges(from.columns, to.columns),
    window,
    output: output ?? null,
  };
  const wantsRows = samples > 0 || output !== undefined || use !== undefined;
  if (identical && !wantsRows) return { ...facts, ...nothing(from), samples: null };

  // Of files that both have, rows inside of a window are counted, and a key that nobody proved is looked for in them too.
  const readsEqual = window !== null || key?.proven === false;
  const [before, after] = identical
    ? [emptySide(from), emptySide(to)]
    : await readSides(runtime, dataset, [from, to], readsEqual);
  const sides = [
    [from, before],
    [to, after],
  ] as const;
  const engine = await openEngine({
    spillDirectory: `${privateDirectory(runtime.root)}/spill`,
    memoryLimitMB: Math.max(MEMORY_LIMIT_MB, runtime.config.memoryLimitMB ?? 0),
  });
  const stop = () => engine.interrupt();
  runtime.signal.addEventListener('abort', stop, { once: true });
  try {
    await using differences = wantsRows ? await Differences.open(engine, runtime.root) : null;
    const work = { runtime, engine, sides, key, shared, conditions: windowConditions(window), differences };
    const compared = await compare(work);
    const counts = identical ? nothing(from) : compared;
    if (differences === null) return { ...facts, ...counts, samples: null };
    const columns = await differences.columns();
    const order = key === null ? columns : key.columns.map(keyColumn);
    const sensitive = new Set([from, to].flatMap(({ manifest }) => manifest.plan.sensitive ?? []));
    const taken = samples > 0 ? await takeSamples(differences, samples, key?.columns ?? [], order, sensitive) : null;
    const result = { ...facts, ...counts, samples: taken };
    if (output !== undefined && format !== null) {
      await writeWhole(output, (file) => WRITERS[format](differences, file, result, order));
    }
    await use?.({ columns, rows: () => differences.texts(input.rows, order) });
    return result;
  } catch (error) {
    runtime.signal.throwIfAborted();
    throw error;
  } finally {
    runtime.signal.removeEventListener('abort', stop);
    engine.close();
  }
}

type Write = (differences: Differences, file: string, result: DiffResult, order: readonly string[]) => Promise<void>;

const WRITERS: Readonly<Record<OutputFormat, Write>> = {
  parquet: (differences, file, result) => differences.write(file, metadataOf(result)),
  csv: async (differences, file, _, order) =>
    writeTexts(file, csvLines(await differences.columns(), differences.texts(undefined, order))),
  json: (differences, file) => writeTexts(file, jsonArray(differences.values())),
  ndjson: (differences, file) => writeTexts(file, jsonLines(differences.values())),
};

function summary({ version, manifest }: Side): DiffedVersion {
  return { version, snapshot: manifest.snapshot, rows: manifest.rows };
}

function nothing({ manifest }: Side): DiffCounts {
  return { rows: { added: 0, removed: 0, changed: 0, unchanged: manifest.rows }, columns: [] };
}

function metadataOf({ dataset, from, to, key }: Pick<DiffResult, 'dataset' | 'from' | 'to' | 'key'>) {
  return {
    'snapkeep.diff': DIFF_FORMAT,
    'snapkeep.dataset': dataset,
    'snapkeep.from': JSON.stringify(from),
    'snapkeep.to': JSON.stringify(to),
    'snapkeep.key': JSON.stringify(key),
  };
}
