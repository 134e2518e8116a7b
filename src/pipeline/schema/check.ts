import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isSnapkeepError, type JsonSchema, SnapkeepError } from '@snapkeep/sdk';
import { resolveDataset } from '../dataset.ts';
import { schemaHash } from '../export/plan.ts';
import { readSchemaFile } from '../export/schema-file.ts';
import type { Runtime } from '../runtime.ts';
import { placeOf } from './place.ts';

export interface SchemaCheckRequest {
  /** A dataset of the configuration that has a schema of its own. */
  readonly name?: string | undefined;
  /** A schema's file, absolute or relative to the project, in place of a dataset. */
  readonly file?: string | undefined;
}

/** The `data` of `schema check --json`. */
export interface SchemaCheckResult {
  /** As it was named: relative to the project, or absolute. */
  readonly schema: string;
  /** Of the schema with its keys sorted, as plan and manifest keep it. */
  readonly sha256: string;
  readonly validator: string;
}

/** Whether the validator takes a schema; no connection is opened. @throws SNAPKEEP_SCHEMA_INVALID, SNAPKEEP_USAGE */
export async function checkSchema(runtime: Runtime, request: SchemaCheckRequest): Promise<SchemaCheckResult> {
  const path = pathOf(runtime, request);
  const schema = await readCheckedSchema(runtime, path);
  return { schema: path, sha256: schemaHash(schema), validator: runtime.config.capabilities.validator };
}

/** Reads a schema and has the validator look at it; what is wrong is told with file, line and column. */
export async function readCheckedSchema(runtime: Runtime, path: string): Promise<JsonSchema> {
  const schema = await readSchemaFile(runtime, path);
  const { validator: name } = runtime.config.capabilities;
  const validator = await runtime.capability('validator', name);
  try {
    await validator.checkSchema(schema, runtime.context(name));
    return schema;
  } catch (error) {
    throw await withPlace(error, runtime, path);
  }
}

async function withPlace(error: unknown, runtime: Runtime, path: string): Promise<unknown> {
  if (!isSnapkeepError(error) || typeof error.details.pointer !== 'string') return error;
  const place = await placeOf(await readFile(resolve(runtime.root, path), 'utf8'), error.details.pointer);
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  return new SnapkeepError(error.code, `${where}: ${error.message}`, {
    hint: error.hint,
    details: { ...error.details, file: path, ...place },
    cause: error,
  });
}

function pathOf(runtime: Runtime, { name, file }: SchemaCheckRequest): string {
  if ((name === undefined) === (file === undefined)) {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'name either a dataset or a file', {
      hint: 'snapkeep schema check NAME, or snapkeep schema check --file FILE',
    });
  }
  if (file !== undefined) return file;
  const dataset = resolveDataset(runtime, name ?? '');
  if (dataset.config.schema !== undefined) return dataset.config.schema;
  if (!dataset.configured) {
    throw new SnapkeepError('SNAPKEEP_DATASET_UNKNOWN', `the configuration has no dataset ${JSON.stringify(name)}`, {
      details: { dataset: name, datasets: Object.keys(runtime.config.datasets) },
    });
  }
  throw new SnapkeepError('SNAPKEEP_USAGE', `${name} has no schema of its own: it is inferred from the catalog`, {
    hint: `Keep one: snapkeep schema infer ${name} --output schemas/${name}.schema.json, then name it in the configuration.`,
  });
}
