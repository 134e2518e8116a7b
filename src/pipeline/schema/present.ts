import { readSchemaFile } from '../export/schema-file.ts';
import type { Runtime } from '../runtime.ts';
import { sensitiveColumns } from './sensitive.ts';

/** Columns that the dataset's own schema calls `x-sensitive` now. @throws SNAPKEEP_SCHEMA_INVALID */
export async function sensitiveNow(runtime: Runtime, dataset: string, columns: readonly string[]): Promise<string[]> {
  const { datasets } = runtime.config;
  const path = Object.hasOwn(datasets, dataset) ? datasets[dataset]?.schema : undefined;
  return path === undefined ? [] : sensitiveColumns(await readSchemaFile(runtime, path), columns);
}
