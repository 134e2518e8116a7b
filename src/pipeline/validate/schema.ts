import { type JsonSchema, SnapkeepError } from '@snapkeep/sdk';
import { refuseOutside } from '../../store/containment.ts';
import type { Runtime } from '../runtime.ts';
import { readCheckedSchema } from '../schema/check.ts';

export interface NamedSchema {
  readonly schema: JsonSchema;
  /** A path as it was given, or words. */
  readonly origin: string;
}

/**
 * By what Parquet files are judged: the schema given, else the dataset's of today, else that by which they were exported.
 * @param given - absolute
 * @throws SNAPKEEP_USAGE where there is none, SNAPKEEP_SCHEMA_INVALID
 */
export async function schemaFor(
  runtime: Runtime,
  { given, dataset, own }: { given: string | undefined; dataset: string | null; own: NamedSchema | null },
): Promise<NamedSchema> {
  const { datasets } = runtime.config;
  const configured = dataset !== null && Object.hasOwn(datasets, dataset) ? datasets[dataset]?.schema : undefined;
  if (given === undefined && configured !== undefined) await refuseOutside(runtime.root, configured);
  const path = given ?? configured;
  if (path !== undefined) return { schema: await readCheckedSchema(runtime, path), origin: path };
  if (own !== null) return own;
  throw new SnapkeepError('SNAPKEEP_USAGE', 'there is no schema by which to judge the rows', {
    hint: 'Name one with --schema FILE; snapkeep schema infer writes a start.',
  });
}
