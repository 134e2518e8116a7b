import { link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExportPlan, isSnapkeepError, SnapkeepError } from '@snapkeep/sdk';
import { readParquet } from '../../engine/engine.ts';
import type { RuleConfig } from '../config.ts';
import { requireColumn } from '../require-column.ts';
import type { Runtime } from '../runtime.ts';
import { manifestOf } from '../version/manifests.ts';
import { ensureBytes } from '../version/restore.ts';
import { openVersions } from '../version/select.ts';

/** To what rows refer: rows of another dataset, or why there are none, which a rule that only warns then says. */
export type Reference = ReferenceRows | { readonly missing: string };

export interface ReferenceRows {
  /** e.g. `customers v3`. */
  readonly label: string;
  readonly columns: readonly string[];
  /** Parquet, absolute. */
  readonly files: readonly string[];
}

type Rule = Pick<RuleConfig, 'references' | 'severity'>;

/**
 * What the rules refer to, by the place of the rule, found before a row is read: the newest version of each dataset but
 * the one that is exported, whose own rows count.
 * @param together - datasets that are read at the same instant: their new rows count
 * @throws SNAPKEEP_DATASET_UNKNOWN, SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_CONFIG_INVALID, SNAPKEEP_INTEGRITY
 */
export async function findReferences(
  runtime: Runtime,
  dataset: string,
  rules: readonly Rule[],
  together: readonly string[] = [],
): Promise<ReadonlyMap<number, Reference>> {
  const found = new Map<number, Reference>();
  for (const [index, rule] of rules.entries()) {
    const { references } = rule;
    if (!references || references.dataset === dataset || together.includes(references.dataset)) continue;
    const reference = await newestFor(runtime, dataset, index, rule);
    if (reference) found.set(index, reference);
  }
  return found;
}

/**
 * The newest version of the dataset to which a rule refers. A rule that only warns may be ahead of the first version
 * of a dataset that the configuration knows. @returns `undefined` where the rule refers to none
 */
export async function newestFor(
  runtime: Runtime,
  dataset: string,
  index: number,
  { references, severity }: Rule,
): Promise<Reference | undefined> {
  if (!references) return undefined;
  try {
    return await newestOf(runtime, dataset, index, references);
  } catch (error) {
    const known = Object.hasOwn(runtime.config.datasets, references.dataset);
    if (severity !== 'warn' || !known || !isSnapkeepError(error) || error.code !== 'SNAPKEEP_DATASET_UNKNOWN')
      throw error;
    return { missing: error.message };
  }
}

async function newestOf(
  runtime: Runtime,
  dataset: string,
  index: number,
  references: NonNullable<Rule['references']>,
): Promise<ReferenceRows> {
  const { layout, current } = await openVersions(runtime, references.dataset);
  const manifest = await manifestOf(runtime, layout, current);
  const columns = columnsThere(dataset, index, references, manifest.plan);
  await ensureBytes(runtime, layout, manifest);
  const folder = layout.absolute(layout.snapshot(manifest.snapshot));
  return {
    label: `${layout.dataset} v${current.version}`,
    columns,
    files: manifest.files.map(({ path }) => join(folder, path)),
  };
}

/**
 * The columns that a rule's are held against. @param index - of the rule @param plan - of the dataset referred to
 * @throws SNAPKEEP_COLUMN_UNKNOWN, SNAPKEEP_CONFIG_INVALID
 */
export function columnsThere(
  dataset: string,
  index: number,
  references: NonNullable<Rule['references']>,
  plan: Pick<ExportPlan, 'key' | 'columns'>,
): readonly string[] {
  const where = `datasets.${dataset}.rules[${index}].references`;
  const columns = references.to ?? plan.key;
  if (columns.length !== references.columns.length) {
    throw new SnapkeepError(
      'SNAPKEEP_CONFIG_INVALID',
      `${where}: ${references.columns.length} columns refer to ${columns.length} of ${references.dataset}`,
      { hint: 'Name those of the other dataset with to: [column].' },
    );
  }
  for (const column of columns) requireColumn(plan.columns, column, `${where}.to`);
  return columns;
}

/**
 * Links Parquet files into the one folder that the staging database may read. @returns what stands behind FROM
 * @param folder - absolute, inside of the transaction's; made here
 */
export async function linkFiles(files: readonly string[], folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const links = files.map((_, number) => join(folder, `${number}.parquet`));
  await Promise.all(files.map((file, number) => link(file, links[number] ?? '')));
  return readParquet(links);
}
