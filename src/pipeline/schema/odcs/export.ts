import type { JsonSchema } from '@snapkeep/sdk';
import { stringify } from 'yaml';
import { readManifest } from '../../../store/manifest-file.ts';
import { readVersions } from '../../../store/versions-file.ts';
import { openDataset } from '../../dataset.ts';
import { nameColumns } from '../../rename.ts';
import type { Runtime } from '../../runtime.ts';
import { applyChecks } from '../apply-checks.ts';
import { readCheckedSchema } from '../check.ts';
import { inferSchema } from '../from-catalog.ts';
import { refuseOverwrite, writeOutput } from '../output-file.ts';
import { relationName, withRelation } from '../relation.ts';
import { checkContract } from './check.ts';
import { toContractDocument } from './dataset.ts';

export interface SchemaExportRequest {
  /** Dataset, table or schema.table. */
  readonly name: string;
  /** The contract's id; absent: made of the dataset's name. */
  readonly id?: string | undefined;
  readonly status?: string | undefined;
  /** Absolute path; `.json` gives JSON, anything else YAML. */
  readonly output?: string | undefined;
  readonly force?: boolean | undefined;
}

/** The `data` of `schema export --json`. */
export interface SchemaExportResult {
  readonly dataset: string;
  readonly format: 'odcs';
  /** As the standard has it. */
  readonly contract: { readonly [field: string]: unknown };
  /** Absolute path of the file that was written; `null` where none was asked for. */
  readonly output: string | null;
}

/** A dataset as a contract of the Open Data Contract Standard, held against its JSON Schema. */
export async function exportContract(runtime: Runtime, request: SchemaExportRequest): Promise<SchemaExportResult> {
  const { output, force = false } = request;
  if (output !== undefined && !force) await refuseOverwrite(output);
  const dataset = await openDataset(runtime, request.name);
  const newest = (await readVersions(dataset.layout)).at(-1);
  const known = await knownOf(runtime, dataset, newest && (await readManifest(dataset.layout, newest.snapshot)).plan);
  const contract = toContractDocument(
    { name: dataset.name, rules: dataset.config.rules ?? [], ...known },
    {
      id: request.id ?? `urn:snapkeep:${dataset.name}`,
      version: String(newest?.version ?? 0),
      status: request.status ?? 'active',
    },
  );
  await checkContract(contract, `the contract of ${dataset.name}`);
  if (output !== undefined) await writeOutput(output, contractText(contract, output), force);
  return { dataset: dataset.name, format: 'odcs', contract: { ...contract }, output: output ?? null };
}

interface Known {
  readonly table: string | null;
  readonly key: readonly string[];
  readonly schema: JsonSchema;
}

type Opened = Awaited<ReturnType<typeof openDataset>>;
type Plan = Awaited<ReturnType<typeof readManifest>>['plan'];

/** By the project's own files, where there is a schema and a version; else by the catalog. */
async function knownOf(runtime: Runtime, dataset: Opened, plan: Plan | undefined): Promise<Known> {
  const path = dataset.config.schema;
  const own = path === undefined ? undefined : await readCheckedSchema(runtime, path);
  if (own && plan) return { schema: own, key: plan.key, table: tableOf(plan.relation) };
  return withRelation(runtime, dataset, async (relation, session) => {
    const named = nameColumns(relation, dataset);
    const key = dataset.config.key ?? named.key;
    const checks = (await session.checks?.(0, runtime.context(runtime.config.capabilities.source))) ?? [];
    const inferred = applyChecks(inferSchema(dataset.name, named, key), checks, named.columns).schema;
    return { schema: own ?? inferred, key, table: tableOf(relation) };
  });
}

function tableOf(relation: Plan['relation']): string | null {
  return relation.kind === 'query' ? null : relationName(relation);
}

/** As it is written to a file of that name. */
export function contractText(contract: object, file: string): string {
  return file.endsWith('.json')
    ? `${JSON.stringify(contract, null, 2)}\n`
    : stringify(contract, { aliasDuplicateObjects: false });
}
