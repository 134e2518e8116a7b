import type { RelationRequest } from '@snapkeep/sdk';
import { SnapkeepError } from '@snapkeep/sdk';
import { DATASET_NAME, type DatasetLayout, datasetLayout, datasetNameOf } from '../store/layout.ts';
import { readManifest } from '../store/manifest-file.ts';
import { readVersions } from '../store/versions-file.ts';
import type { DatasetConfig } from './config.ts';
import type { Runtime } from './runtime.ts';

/** What a NAME on the command line stands for. */
export interface Dataset {
  readonly name: string;
  readonly request: RelationRequest;
  readonly config: DatasetConfig;
  /** Whether the configuration knows it; else NAME was taken as a table's. */
  readonly configured: boolean;
  readonly layout: DatasetLayout;
}

/** @throws SNAPKEEP_DATASET_UNKNOWN where no dataset can have that name: it would be a path to anywhere */
export function layoutOf(runtime: Runtime, dataset: string): DatasetLayout {
  if (!DATASET_NAME.test(dataset)) {
    throw new SnapkeepError('SNAPKEEP_DATASET_UNKNOWN', `no dataset can be called ${JSON.stringify(dataset)}`);
  }
  return datasetLayout(runtime.root, runtime.config.dataDirectory, dataset);
}

/** The part of `schema.table` that names the dataset: the table. */
function tablePart(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && dot < name.length - 1 ? name.slice(dot + 1) : name;
}

/**
 * A dataset of the configuration, else `table` or `schema.table`, literally.
 * @param as - the name under which it is kept instead
 */
export function resolveDataset(runtime: Runtime, name: string, as?: string): Dataset {
  if (as !== undefined && !DATASET_NAME.test(as)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', `--as ${as}: a dataset's name is lower case letters, digits, _ and -`);
  }
  const config = Object.hasOwn(runtime.config.datasets, name) ? runtime.config.datasets[name] : undefined;
  const kept = as ?? (config ? name : datasetNameOf(tablePart(name)));
  return {
    name: kept,
    request: requestOf(config, name),
    config: config ?? {},
    configured: config !== undefined,
    layout: layoutOf(runtime, kept),
  };
}

/**
 * The dataset as an export needs it: one that is known only by its versions is read from the table that they name,
 * since `version list` shows the name that was made of the table's.
 */
export async function openDataset(runtime: Runtime, name: string, as?: string): Promise<Dataset> {
  const dataset = resolveDataset(runtime, name, as);
  if (dataset.configured || dataset.name !== name || !('tables' in dataset.request)) return dataset;
  const last = (await readVersions(dataset.layout)).at(-1);
  if (!last) return dataset;
  const { schema, name: table, kind } = (await readManifest(dataset.layout, last.snapshot)).plan.relation;
  if (kind === 'query' || schema === undefined) return dataset;
  return { ...dataset, request: { tables: [...new Set([...dataset.request.tables, `${schema}.${table}`])] } };
}

function requestOf(config: DatasetConfig | undefined, name: string): RelationRequest {
  if (config?.query !== undefined) return { query: config.query };
  const tables = config?.table ?? name;
  return { tables: typeof tables === 'string' ? [tables] : tables };
}
