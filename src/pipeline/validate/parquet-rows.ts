import { basename } from 'node:path';
import type { ColumnPlan, Instant, TextBatch } from '@snapkeep/sdk';
import { planColumn } from '../../engine/column-plan.ts';
import { confineEngine, openEngine } from '../../engine/engine.ts';
import { parquetTexts } from '../../engine/parquet-texts.ts';
import { DEFAULT_BATCH_ROWS } from '../export/request.ts';
import type { Runtime } from '../runtime.ts';
import { openParquet } from '../schema/infer/parquet.ts';
import { manifestOf } from '../version/manifests.ts';
import { ensureBytes } from '../version/restore.ts';
import { openVersions, selectVersion } from '../version/select.ts';
import type { NamedSchema } from './schema.ts';

/** Parquet files whose rows are to be checked, as an export would have seen them. */
export interface ParquetRows {
  /** For messages: `orders v1`, or the file. */
  readonly what: string;
  /** For the report's name. */
  readonly baseName: string;
  readonly dataset: string | null;
  readonly version: number | null;
  /** Types are the source's where a manifest tells them, else follow from DuckDB's. */
  readonly columns: readonly ColumnPlan[];
  readonly key: readonly string[];
  /** What `notInFuture` is measured by. */
  readonly instant: Instant;
  /** The schema by which the rows were exported; `null` where nobody knows of one. */
  readonly own: NamedSchema | null;
  batches(): AsyncIterable<TextBatch>;
  close(): void;
}

/** A version's rows, every byte verified. Dates are judged by the instant at which the source was read. */
export async function openVersionRows(runtime: Runtime, name: string, selector: string): Promise<ParquetRows> {
  const dataset = await openVersions(runtime, name);
  const { layout } = dataset;
  const { version, snapshot } = await selectVersion(runtime, dataset, selector);
  const manifest = await manifestOf(runtime, layout, { version, snapshot });
  await ensureBytes(runtime, layout, manifest);
  const directory = layout.absolute(layout.snapshot(snapshot));
  const files = manifest.files.map(({ path }) => `${directory}/${path}`);
  const engine = await openEngine();
  await confineEngine(engine, [directory]);
  const { columns, key, instant, validation } = manifest.plan;
  const what = `${layout.dataset} v${version}`;
  return {
    what,
    baseName: `${layout.dataset}-v${version}`,
    dataset: layout.dataset,
    version,
    columns,
    key,
    instant,
    own: validation === null ? null : { schema: validation.schema, origin: `that of ${what}` },
    batches: () => parquetTexts(engine, files, columns, { batchRows: DEFAULT_BATCH_ROWS }),
    close: () => engine.close(),
  };
}

/** Rows of any Parquet file. Dates are judged by now. @param file - absolute @throws SNAPKEEP_USAGE */
export async function openFileRows(file: string): Promise<ParquetRows> {
  const { described, rows, close } = await openParquet(file);
  const { columns, key } = described.relation;
  return {
    what: file,
    baseName: basename(file).replace(/[^A-Za-z0-9_.-]/g, '_'),
    dataset: null,
    version: null,
    columns: columns.map((column) => planColumn(column)),
    key,
    instant: { time: new Date().toISOString().replace('Z', '000Z'), server: basename(file) },
    own: null,
    batches: () => rows(DEFAULT_BATCH_ROWS, undefined),
    close,
  };
}
