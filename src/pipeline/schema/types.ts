import type { JsonSchema } from '@snapkeep/sdk';
import { type Dataset, openDataset } from '../dataset.ts';
import { nameColumns } from '../rename.ts';
import type { Runtime } from '../runtime.ts';
import { readCheckedSchema } from './check.ts';
import { inferSchema } from './from-catalog.ts';
import { refuseOverwrite, writeOutput } from './output-file.ts';
import { describeRelation } from './relation.ts';
import { GENERATED_MARKER, schemaToTypeScript } from './typescript.ts';

export interface SchemaTypesRequest {
  /** Dataset, table or schema.table. */
  readonly name: string;
  /** Absolute path of the file to write. */
  readonly output?: string | undefined;
}

/** The `data` of `schema types --json`. */
export interface SchemaTypesResult {
  readonly dataset: string;
  /** The schema's path relative to the project, or `inferred`. */
  readonly origin: string;
  readonly types: string;
  /** Absolute path of the file that was written; `null` where none was asked for. */
  readonly output: string | null;
}

/** The type of one row, from the dataset's schema or else from the catalog. A file of ours is replaced, no other. */
export async function typesOfDataset(runtime: Runtime, request: SchemaTypesRequest): Promise<SchemaTypesResult> {
  const { name, output } = request;
  if (output !== undefined) await refuseOverwrite(output, GENERATED_MARKER);
  const dataset = await openDataset(runtime, name);
  const { schema, origin } = await schemaOf(runtime, dataset);
  const source = origin === 'inferred' ? 'the catalog' : origin;
  const types = await schemaToTypeScript(schema, dataset.name, source);
  if (output !== undefined) await writeOutput(output, types, true);
  return { dataset: dataset.name, origin, types, output: output ?? null };
}

async function schemaOf(runtime: Runtime, dataset: Dataset): Promise<{ schema: JsonSchema; origin: string }> {
  const path = dataset.config.schema;
  if (path !== undefined) return { schema: await readCheckedSchema(runtime, path), origin: path };
  const relation = nameColumns(await describeRelation(runtime, dataset), dataset);
  const key = dataset.config.key ?? relation.key;
  return { schema: inferSchema(dataset.name, relation, key), origin: 'inferred' };
}
