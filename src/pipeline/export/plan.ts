import { createHash } from 'node:crypto';
import {
  type Column,
  type ColumnPlan,
  type Compression,
  type ExportPlan,
  type Filter,
  type Instant,
  type JsonSchema,
  PLAN_FORMAT_VERSION,
  type Relation,
  SnapkeepError,
} from '@snapkeep/sdk';
import { planColumn } from '../../engine/column-plan.ts';
import type { Dataset } from '../dataset.ts';
import type { InvalidRules } from '../invalid/policy.ts';
import { driftColumns, planRules } from '../quality/rules.ts';
import { type NamedRelation, nameColumns } from '../rename.ts';
import { columnsNamed, requireColumn } from '../require-column.ts';
import type { Runtime } from '../runtime.ts';
import { inferSchema, inferTimeColumn } from '../schema/from-catalog.ts';
import { sensitiveColumns } from '../schema/sensitive.ts';
import { requireTimeColumn, windowOf } from '../time-window.ts';
import { choosePolicies, idleRules, type PolicyRule } from './policies.ts';
import { DEFAULT_BATCH_ROWS, type ExportRequest, isVersioned } from './request.ts';
import { rowGroupOfColumns } from './row-group-size.ts';

function filtersOf(request: ExportRequest, dataset: Dataset, columns: readonly Column[]): Filter[] {
  const filters: Filter[] = [];
  for (const text of request.where ?? []) {
    const equals = text.indexOf('=');
    if (equals < 1) {
      throw new SnapkeepError('SNAPKEEP_USAGE', `--where ${text} is not of the form COLUMN=VALUE`);
    }
    const column = text.slice(0, equals);
    requireColumn(columns, column, '--where');
    filters.push({ column, op: '=', value: text.slice(equals + 1) });
  }
  for (const [shorthand, value] of Object.entries(request.shorthands ?? {})) {
    const column = dataset.config.filters?.[shorthand];
    if (column === undefined) {
      throw new SnapkeepError('SNAPKEEP_USAGE', `${dataset.name} defines no filter ${shorthand}`, {
        hint: `Write datasets.${dataset.name}.filters: {${shorthand}: COLUMN} into the configuration, or use --where COLUMN=VALUE.`,
      });
    }
    requireColumn(columns, column, `filters.${shorthand}`);
    filters.push({ column, op: '=', value });
  }
  return filters;
}

/** Sorted keys, no spaces: the same schema gives the same hash however it was written down. */
export function schemaHash(schema: JsonSchema): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => [key, sorted(item)]),
    );
  };
  return createHash('sha256')
    .update(JSON.stringify(sorted(schema)))
    .digest('hex');
}

export interface PlanInput {
  readonly request: ExportRequest;
  readonly dataset: Dataset;
  readonly relation: Relation;
  readonly instant: Instant;
  /** The dataset's own schema, where it has one, and where it came from. */
  readonly schema: { readonly schema: JsonSchema; readonly origin: string } | undefined;
  readonly compression: Compression;
  readonly rules: readonly PolicyRule[];
  readonly invalid: InvalidRules;
}

/** Every column with its type in the file and what becomes of a value that this type can't hold. */
export function planColumns(
  runtime: Runtime,
  columns: NamedRelation['columns'],
  key: readonly string[],
  rules: readonly PolicyRule[],
): ColumnPlan[] {
  for (const { origin } of idleRules(rules, columns)) runtime.log.warn(`${origin}: no column is of this type`);
  const policies = choosePolicies(rules, columns, key);
  return columns.map((column, index) => planColumn(column, policies[index]));
}

const PART_TARGET_MB = 16;

/** How the configuration wants the file cut. @throws SNAPKEEP_CONFIG_INVALID where there is no order to cut by */
function partsOf({ name, config }: Dataset, key: readonly string[]): Pick<ExportPlan['output'], 'parts'> {
  if (config.parts === undefined) return {};
  if (key.length === 0) {
    throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `datasets.${name}.parts: there is no key by which to cut`, {
      hint: `Name columns that tell all rows apart in datasets.${name}.key, or leave parts out.`,
    });
  }
  if (config.sort === 'none') {
    throw new SnapkeepError('SNAPKEEP_CONFIG_INVALID', `datasets.${name}: parts are cut by the key, and sort is none`, {
      hint: 'Leave one of the two out.',
    });
  }
  return { parts: { by: config.parts.by, targetMB: config.parts.targetMB ?? PART_TARGET_MB, rows: null } };
}

/** The plan: all decisions, before the first row. */
export function planExport(runtime: Runtime, input: PlanInput): ExportPlan {
  const { request, dataset, relation, instant, schema, compression, rules, invalid } = input;
  const named = nameColumns(relation, dataset);
  const names = named.columns.map(({ name }) => name);
  const key = request.key ? columnsNamed(request.key, names) : (dataset.config.key ?? named.key);
  for (const name of key) requireColumn(named.columns, name, 'the key');
  const columns = planColumns(runtime, named.columns, key, rules);
  for (const name of dataset.config.distributions ?? []) requireColumn(columns, name, 'distributions');
  if (dataset.config.time !== undefined) requireTimeColumn(named.columns, dataset.config.time);
  const time = dataset.config.time ?? inferTimeColumn(columns);
  const window = time === undefined && request.wholeWithoutTime ? null : windowOf(request, time, instant);
  const used = schema ?? { schema: inferSchema(dataset.name, named, key), origin: 'inferred' };
  const validate = request.validate !== false;
  const sensitive = sensitiveColumns(
    used.schema,
    columns.map(({ name }) => name),
  );
  const quality = planRules(dataset, columns, sensitive);
  return {
    formatVersion: PLAN_FORMAT_VERSION,
    dataset: dataset.name,
    capabilities: {
      source: runtime.config.capabilities.source,
      validator: validate ? runtime.config.capabilities.validator : null,
      writer: runtime.config.capabilities.writer,
    },
    relation,
    instant,
    columns,
    key,
    sort: dataset.config.sort === 'none' ? [] : key,
    window,
    filters: filtersOf(request, dataset, columns),
    limit: request.limit ?? null,
    lane: 'row',
    batchRows: request.batchRows ?? DEFAULT_BATCH_ROWS,
    validation: validate ? { ...used, sha256: schemaHash(used.schema), ...invalid } : null,
    sensitive,
    predicate: null,
    // What drift is measured against next time.
    distributions: [...new Set([...(dataset.config.distributions ?? []), ...driftColumns(quality)])],
    rules: quality,
    output: {
      directory: dataset.layout.directory,
      baseName: dataset.name,
      compression,
      rowGroupRows: rowGroupOfColumns(columns.length),
      ...partsOf(dataset, key),
    },
    versioned: isVersioned(request),
  };
}
