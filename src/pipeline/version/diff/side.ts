import { type ColumnPlan, type Manifest, quoteIdentifier } from '@snapkeep/sdk';
import { readParquet } from '../../../engine/engine.ts';
import type { Runtime } from '../../runtime.ts';
import { manifestOf } from '../manifests.ts';
import { ensureBytes } from '../restore.ts';
import { selectVersion, type VersionedDataset } from '../select.ts';

/** One of the two versions. */
export interface Side {
  readonly version: number;
  readonly manifest: Manifest;
  readonly columns: readonly ColumnPlan[];
}

/** A side as SQL reads it. */
export interface Relation {
  /** What stands behind FROM, named `s`. */
  readonly source: string;
  /** Absolute paths; empty where nothing is read. */
  readonly files: readonly string[];
}

export async function openSide(runtime: Runtime, dataset: VersionedDataset, selector: string): Promise<Side> {
  const line = await selectVersion(runtime, dataset, selector);
  const manifest = await manifestOf(runtime, dataset.layout, line);
  return { version: line.version, manifest, columns: manifest.plan.columns };
}

/** The side's rows, every byte verified. @throws SNAPKEEP_INTEGRITY */
export async function readSide(runtime: Runtime, { layout }: VersionedDataset, { manifest }: Side): Promise<Relation> {
  await ensureBytes(runtime, layout, manifest);
  const directory = layout.absolute(layout.snapshot(manifest.snapshot));
  const files = manifest.files.map(({ path }) => `${directory}/${path}`);
  return { source: `${readParquet(files)} AS s`, files };
}

/** The side's columns without a row: what there is to read where two versions hold the same. */
export function emptySide({ columns }: Side): Relation {
  const values = columns.map(({ name, fileType }) => `NULL::${fileType} AS ${quoteIdentifier(name)}`);
  return { source: `(SELECT ${values.join(', ')} WHERE false) AS s`, files: [] };
}

/** A column of {@link Relation.source}, never taken for a name of ours. */
export function sideColumn(name: string): string {
  return `s.${quoteIdentifier(name)}`;
}
