import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JsonSchema, SnapkeepError } from '@snapkeep/sdk';
import { readVersions } from '../../store/versions-file.ts';
import { type Dataset, openDataset } from '../dataset.ts';
import { planColumns } from '../export/plan.ts';
import { policyRules } from '../export/policies.ts';
import { nameColumns } from '../rename.ts';
import type { Runtime } from '../runtime.ts';
import { manifestOf } from '../version/manifests.ts';
import { readCheckedSchema } from './check.ts';
import { inferSchema } from './from-catalog.ts';
import { refuseOverwrite, writeOutput } from './output-file.ts';
import { describeRelation } from './relation.ts';
import type { RowForm } from './row-forms.ts';
import { type RowColumn, rowTypeScript } from './row-types.ts';
import { GENERATED_MARKER, schemaToTypeScript } from './typescript.ts';

export interface SchemaTypesRequest {
  /** Dataset, table or schema.table; absent: every dataset of the configuration, into `directory`. */
  readonly name?: string | undefined;
  readonly form?: RowForm | undefined;
  /** Absolute path of the file to write. */
  readonly output?: string | undefined;
  /** Absolute path of the folder that gets one file for each dataset. */
  readonly directory?: string | undefined;
  /** Whether a file is only compared with what it should be. */
  readonly check?: boolean | undefined;
}

/** The types of one dataset; the `data` of `schema types NAME --json`. */
export interface DatasetTypes {
  readonly dataset: string;
  readonly form: RowForm;
  /** The schema's path relative to the project, `inferred`, or the version whose columns they are. */
  readonly origin: string;
  readonly types: string;
  /** Absolute path of the file that was written or compared; `null` where none was asked for. */
  readonly output: string | null;
}

/** The `data` of `schema types --json`: of one dataset, or of each. */
export type SchemaTypesResult = DatasetTypes | AllTypes;

export interface AllTypes {
  readonly datasets: readonly DatasetTypes[];
}

/**
 * The type of one row, of one dataset or of each. A file of ours is replaced, no other.
 * @throws SNAPKEEP_USAGE, SNAPKEEP_TYPES_OUTDATED
 */
export async function typesOfDatasets(runtime: Runtime, request: SchemaTypesRequest): Promise<SchemaTypesResult> {
  const { name, directory, output, check } = request;
  const names = name === undefined ? Object.keys(runtime.config.datasets) : [name];
  if (name === undefined && directory === undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'name a dataset, or a folder for all of them with --directory');
  }
  if (check && output === undefined && directory === undefined) {
    throw new SnapkeepError('SNAPKEEP_USAGE', '--check needs the file: --output FILE or --directory FOLDER');
  }
  const datasets: DatasetTypes[] = [];
  for (const each of names) datasets.push(await typesOf(runtime, each, request));
  if (check) await compareFiles(datasets);
  const [only] = datasets;
  return name !== undefined && only ? only : { datasets };
}

async function typesOf(runtime: Runtime, name: string, request: SchemaTypesRequest): Promise<DatasetTypes> {
  const { form = 'json', directory, check } = request;
  const dataset = await openDataset(runtime, name);
  const output = request.output ?? (directory === undefined ? undefined : join(directory, `${dataset.name}.ts`));
  if (output !== undefined && !check) await refuseOverwrite(output, GENERATED_MARKER);
  const { origin, types } =
    form === 'json' ? await typesOfSchema(runtime, dataset) : await typesOfColumns(runtime, dataset, form);
  if (output !== undefined && !check) await writeOutput(output, types, true);
  return { dataset: dataset.name, form, origin, types, output: output ?? null };
}

async function compareFiles(datasets: readonly DatasetTypes[]): Promise<void> {
  const outdated: string[] = [];
  for (const { output, types } of datasets) {
    const text = await readFile(output ?? '', 'utf8').catch(() => undefined);
    if (text !== types) outdated.push(`${output}${text === undefined ? ' is not there' : ''}`);
  }
  if (outdated.length === 0) return;
  throw new SnapkeepError('SNAPKEEP_TYPES_OUTDATED', `not what the schema gives now: ${outdated.join(', ')}`, {
    details: { files: outdated },
  });
}

interface Types {
  readonly origin: string;
  readonly types: string;
}

async function typesOfSchema(runtime: Runtime, dataset: Dataset): Promise<Types> {
  const { schema, origin } = await schemaOf(runtime, dataset);
  const source = origin === 'inferred' ? 'the catalog' : origin;
  return { origin, types: await schemaToTypeScript(schema, dataset.name, source) };
}

/** The columns of the newest version; without one those that an export would make. */
async function typesOfColumns(runtime: Runtime, dataset: Dataset, form: Exclude<RowForm, 'json'>): Promise<Types> {
  const line = (await readVersions(dataset.layout)).at(-1);
  let columns: readonly RowColumn[];
  if (line) ({ columns } = (await manifestOf(runtime, dataset.layout, line)).plan);
  else {
    const named = nameColumns(await describeRelation(runtime, dataset), dataset);
    columns = planColumns(runtime, named.columns, dataset.config.key ?? named.key, policyRules(dataset, undefined));
  }
  const origin = line ? `v${line.version}` : 'inferred';
  return { origin, types: rowTypeScript(columns, dataset.name, line ? 'the newest version' : 'the catalog', form) };
}

async function schemaOf(runtime: Runtime, dataset: Dataset): Promise<{ schema: JsonSchema; origin: string }> {
  const path = dataset.config.schema;
  if (path !== undefined) return { schema: await readCheckedSchema(runtime, path), origin: path };
  const relation = nameColumns(await describeRelation(runtime, dataset), dataset);
  const key = dataset.config.key ?? relation.key;
  return { schema: inferSchema(dataset.name, relation, key), origin: 'inferred' };
}
