import { link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, type QualityRule, SnapkeepError } from '@snapkeep/sdk';
import { readParquet } from '../../engine/engine.ts';
import type { DatasetLayout } from '../../store/layout.ts';
import { requireColumn } from '../require-column.ts';
import type { Runtime } from '../runtime.ts';
import { manifestOf } from '../version/manifests.ts';
import { ensureBytes } from '../version/restore.ts';
import { openVersions } from '../version/select.ts';

/** Another dataset's newest version, to which rows refer. */
export interface Reference {
  readonly label: string;
  readonly columns: readonly string[];
  readonly layout: DatasetLayout;
  readonly manifest: Manifest;
}

/**
 * What the rules refer to, by the place of the rule, found before a row is read: the newest version of each dataset but
 * the one that is exported, whose own rows count.
 * @throws SNAPKEEP_DATASET_UNKNOWN, SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_CONFIG_INVALID, SNAPKEEP_INTEGRITY
 */
export async function findReferences(
  runtime: Runtime,
  dataset: string,
  rules: readonly Pick<QualityRule, 'references'>[],
): Promise<ReadonlyMap<number, Reference>> {
  const found = new Map<number, Reference>();
  for (const [index, { references }] of rules.entries()) {
    if (!references || references.dataset === dataset) continue;
    const where = `datasets.${dataset}.rules[${index}].references`;
    const { layout, current } = await openVersions(runtime, references.dataset);
    const manifest = await manifestOf(runtime, layout, current);
    const columns = references.to ?? manifest.plan.key;
    if (columns.length !== references.columns.length) {
      throw new SnapkeepError(
        'SNAPKEEP_CONFIG_INVALID',
        `${where}: ${references.columns.length} columns refer to ${columns.length} of ${layout.dataset}`,
        { hint: 'Name those of the other dataset with to: [column].' },
      );
    }
    for (const column of columns) requireColumn(manifest.plan.columns, column, `${where}.to`);
    await ensureBytes(runtime, layout, manifest);
    found.set(index, { label: `${layout.dataset} v${current.version}`, columns, layout, manifest });
  }
  return found;
}

/**
 * Links a reference's files into the one folder that the staging database may read. @returns what stands behind FROM
 * @param directory - private to the transaction
 */
export async function linkReference(
  { layout, manifest }: Reference,
  directory: string,
  index: number,
): Promise<string> {
  const folder = join(directory, 'references', String(index));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files: string[] = [];
  for (const [number, { path }] of manifest.files.entries()) {
    const file = join(folder, `${number}.parquet`);
    await link(join(layout.absolute(layout.snapshot(manifest.snapshot)), path), file);
    files.push(file);
  }
  return readParquet(files);
}
