import { escapePointer, type JsonSchema, nearest } from '@snapkeep/sdk';
import { readManifest } from '../../store/manifest-file.ts';
import { readVersions } from '../../store/versions-file.ts';
import type { Dataset } from '../dataset.ts';
import { nameColumns } from '../rename.ts';
import type { Runtime } from '../runtime.ts';
import { isKeywords } from './apply-checks.ts';
import { describeRelation, relationName } from './relation.ts';

export interface ColumnProblem {
  readonly message: string;
  /** JSON pointer into the schema. */
  readonly pointer: string;
}

export interface ColumnProblems {
  /** Whose columns they were; `null`: nobody's. */
  readonly of: string | null;
  /** Under these every row would be refused. */
  readonly wrong: readonly ColumnProblem[];
  readonly warnings: readonly ColumnProblem[];
}

interface KnownColumns {
  readonly of: string;
  readonly names: readonly string[];
  /** Whether the table has them now, not only a version some time ago. */
  readonly live: boolean;
}

/** Holds a schema against the columns of the table or of the newest version, and against what the configuration names. */
export async function columnProblems(
  runtime: Runtime,
  dataset: Dataset,
  schema: JsonSchema,
  live: boolean,
): Promise<ColumnProblems> {
  const known = live ? await columnsOfTable(runtime, dataset) : await columnsOfVersion(dataset);
  const found = known ? [...missing(schema, known), ...unnamed(schema, known)] : [];
  return {
    of: known?.of ?? null,
    wrong: known?.live ? found : [],
    warnings: [...(known?.live ? [] : found), ...optional(schema, known), ...configured(schema, dataset)],
  };
}

async function columnsOfTable(runtime: Runtime, dataset: Dataset): Promise<KnownColumns> {
  const relation = await describeRelation(runtime, dataset);
  return {
    of: relationName(relation),
    names: nameColumns(relation, dataset).columns.map(({ name }) => name),
    live: true,
  };
}

async function columnsOfVersion({ name, layout }: Dataset): Promise<KnownColumns | undefined> {
  const line = (await readVersions(layout)).at(-1);
  if (!line) return undefined;
  const { plan } = await readManifest(layout, line.snapshot);
  return { of: `${name} v${line.version}`, names: plan.columns.map((column) => column.name), live: false };
}

function propertiesOf({ properties }: JsonSchema): readonly string[] {
  return isKeywords(properties) ? Object.keys(properties) : [];
}

/** Required, but not there. */
function missing({ required }: JsonSchema, { of, names }: KnownColumns): ColumnProblem[] {
  const listed = Array.isArray(required) ? (required as readonly unknown[]) : [];
  return listed.flatMap((name, index) =>
    typeof name !== 'string' || names.includes(name)
      ? []
      : [
          {
            message: `${of} has no column ${JSON.stringify(name)}, which is required${guess(name, names)}`,
            pointer: `/required/${index}`,
          },
        ],
  );
}

/** There, but not allowed. */
function unnamed(schema: JsonSchema, { of, names }: KnownColumns): ColumnProblem[] {
  if (schema.additionalProperties !== false || schema.patternProperties !== undefined) return [];
  const properties = propertiesOf(schema);
  return names
    .filter((name) => !properties.includes(name))
    .map((name) => ({
      message: `${of} has the column ${JSON.stringify(name)}, which the schema does not name and additionalProperties: false forbids`,
      pointer: '/additionalProperties',
    }));
}

/** Described, but not there: harmless, and mostly a misspelling. */
function optional(schema: JsonSchema, known: KnownColumns | undefined): ColumnProblem[] {
  if (!known) return [];
  const required = Array.isArray(schema.required) ? (schema.required as readonly unknown[]) : [];
  return propertiesOf(schema)
    .filter((name) => !known.names.includes(name) && !required.includes(name))
    .map((name) => ({
      message: `${known.of} has no column ${JSON.stringify(name)}${guess(name, known.names)}`,
      pointer: `/properties/${escapePointer(name)}`,
    }));
}

/** Columns that the configuration speaks of, in a schema that forbids them. */
function configured(schema: JsonSchema, { name: dataset, config }: Dataset): ColumnProblem[] {
  if (schema.additionalProperties !== false || schema.patternProperties !== undefined) return [];
  const properties = propertiesOf(schema);
  const named: readonly (readonly [string, readonly string[]])[] = [
    ['key', config.key ?? []],
    ['time', config.time === undefined ? [] : [config.time]],
    ['filters', Object.values(config.filters ?? {})],
    ['distributions', config.distributions ?? []],
  ];
  return named.flatMap(([where, names]) =>
    names
      .filter((name) => !properties.includes(name))
      .map((name) => ({
        message: `datasets.${dataset}.${where} names the column ${JSON.stringify(name)}, which the schema does not allow${guess(name, properties)}`,
        pointer: '/properties',
      })),
  );
}

function guess(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
}
