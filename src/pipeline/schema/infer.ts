import type { ColumnPlan, JsonSchema } from '@snapkeep/sdk';
import { openDataset } from '../dataset.ts';
import { planColumns } from '../export/plan.ts';
import { type GivenPolicy, policyRules } from '../export/policies.ts';
import { nameColumns } from '../rename.ts';
import type { Runtime } from '../runtime.ts';
import { inferSchema } from './from-catalog.ts';
import { refuseOverwrite, writeOutput } from './output-file.ts';
import { describeRelation, relationName } from './relation.ts';

export interface SchemaInferRequest {
  /** Dataset, table or schema.table. */
  readonly name: string;
  /** Absolute path of the file to write. */
  readonly output?: string | undefined;
  /** Whether a file that is there may be replaced. */
  readonly force?: boolean | undefined;
  readonly onInexact?: readonly GivenPolicy[] | undefined;
}

/** The `data` of `schema infer --json`. */
export interface SchemaInferResult {
  readonly dataset: string;
  /** `schema.table`, or `a query`. */
  readonly relation: string;
  readonly schema: JsonSchema;
  /** Absolute path of the file that was written; `null` where none was asked for. */
  readonly output: string | null;
  /** How an export would hold each column. */
  readonly columns: readonly ColumnPlan[];
}

/** The schema that the source's catalog implies, printed or kept in a file. @throws SNAPKEEP_USAGE */
export async function inferDatasetSchema(runtime: Runtime, request: SchemaInferRequest): Promise<SchemaInferResult> {
  const { name, output, force = false } = request;
  if (output !== undefined && !force) await refuseOverwrite(output);
  const dataset = await openDataset(runtime, name);
  const rules = policyRules(dataset, request.onInexact);
  const relation = await describeRelation(runtime, dataset);
  const named = nameColumns(relation, dataset);
  const key = dataset.config.key ?? named.key;
  const columns = planColumns(runtime, named.columns, key, rules);
  const schema = inferSchema(dataset.name, named, key);
  if (output !== undefined) await writeOutput(output, schemaText(schema), force);
  return { dataset: dataset.name, relation: relationName(relation), schema, output: output ?? null, columns };
}

/** As a schema is kept in git: two spaces, one newline at the end. */
export function schemaText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
