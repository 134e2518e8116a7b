import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ColumnPlan, SnapkeepError } from '@snapkeep/sdk';
import { openDataset, resolveDataset } from '../../dataset.ts';
import { planColumns } from '../../export/plan.ts';
import { policyRules } from '../../export/policies.ts';
import { nameColumns } from '../../rename.ts';
import type { Runtime } from '../../runtime.ts';
import { manifestOf } from '../../version/manifests.ts';
import { openVersions, selectVersion } from '../../version/select.ts';
import { readCheckedSchema } from '../check.ts';
import { inferSchema } from '../from-catalog.ts';
import { describeRelation, relationName } from '../relation.ts';
import { type Contract, type ContractChange, compareContracts, satisfies } from './compatibility.ts';
import type { Compatibility } from './levels.ts';

export interface SchemaDiffRequest {
  /** A dataset; or a file, where the other side is a file too. */
  readonly name: string;
  /** A version, `live`, or a schema's file. Absent: the newest version. */
  readonly from?: string | undefined;
  /** Absent: `live`, the table as it is now with the schema of the configuration. */
  readonly to?: string | undefined;
  /** What must hold, in place of the dataset's `compatibility`. */
  readonly require?: Compatibility | undefined;
}

/** The `data` of `schema diff --json`. */
export interface SchemaDiffResult {
  /** `orders v3`, `public.orders now`, or a file. */
  readonly from: string;
  readonly to: string;
  readonly compatibility: Compatibility;
  /** What the dataset or the command demands; `none`: nothing. */
  readonly required: Compatibility;
  readonly satisfied: boolean;
  readonly changes: readonly ContractChange[];
}

interface Side extends Contract {
  readonly label: string;
  readonly columns?: readonly ColumnPlan[];
  /** Whether its types would be settled by the rows only. */
  readonly planned?: boolean;
}

/** A column of the same type at the source will get the same type in the file, as far as anybody knows before reading. */
function asSettled(side: Side, other: Side): Side {
  if (!side.planned || !side.columns || !other.columns) return side;
  const known = new Map(other.columns.map((column) => [column.name, column]));
  const columns = side.columns.map((column) => {
    const same = known.get(column.name);
    return same && isDeepStrictEqual(same.type, column.type) ? { ...column, fileType: same.fileType } : column;
  });
  return { ...side, columns };
}

/** How the contract of one version, of a file or of the live table became another. */
export async function diffSchemas(runtime: Runtime, request: SchemaDiffRequest): Promise<SchemaDiffResult> {
  const files = await isFile(runtime, request.name);
  const [from, to] = files
    ? await Promise.all([sideOf(runtime, '', request.name), sideOf(runtime, '', request.from ?? '')])
    : [
        await sideOf(runtime, request.name, request.from ?? 'latest'),
        await sideOf(runtime, request.name, request.to ?? 'live'),
      ];
  const demanded = files ? undefined : resolveDataset(runtime, request.name).config.compatibility;
  const required = request.require ?? demanded ?? 'none';
  const { compatibility, changes } = compareContracts(asSettled(from, to), asSettled(to, from));
  return {
    from: from.label,
    to: to.label,
    compatibility,
    required,
    satisfied: satisfies(compatibility, required),
    changes,
  };
}

async function isFile(runtime: Runtime, text: string): Promise<boolean> {
  if (!text.endsWith('.json')) return false;
  return access(resolve(runtime.root, text)).then(
    () => true,
    () => false,
  );
}

async function sideOf(runtime: Runtime, name: string, selector: string): Promise<Side> {
  if (await isFile(runtime, selector)) return { label: selector, schema: await readCheckedSchema(runtime, selector) };
  if (name === '') {
    throw new SnapkeepError('SNAPKEEP_USAGE', 'a file is compared with a second file, or as FROM or TO of a dataset', {
      hint: 'snapkeep schema diff OLD.json NEW.json, or snapkeep schema diff NAME v1 NEW.json',
    });
  }
  if (selector === 'live') return liveSide(runtime, name);
  const dataset = await openVersions(runtime, name);
  const line = await selectVersion(runtime, dataset, selector);
  const { plan } = await manifestOf(runtime, dataset.layout, line);
  return {
    label: `${dataset.layout.dataset} v${line.version}`,
    columns: plan.columns,
    schema: plan.validation?.schema ?? null,
  };
}

/** What an export would find now. */
async function liveSide(runtime: Runtime, name: string): Promise<Side> {
  const dataset = await openDataset(runtime, name);
  const path = dataset.config.schema;
  const own = path === undefined ? undefined : await readCheckedSchema(runtime, path);
  const relation = await describeRelation(runtime, dataset);
  const named = nameColumns(relation, dataset);
  const key = dataset.config.key ?? named.key;
  return {
    label: `${relationName(relation)} now${path === undefined ? '' : ` with ${path}`}`,
    columns: planColumns(runtime, named.columns, key, policyRules(dataset, undefined)),
    planned: true,
    schema: own ?? inferSchema(dataset.name, named, key),
  };
}
