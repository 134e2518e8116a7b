import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ColumnPlan, JsonSchema } from '@snapkeep/sdk';
import { contentOf } from '../../../store/durable.ts';
import { type Dataset, openDataset } from '../../dataset.ts';
import { planColumns } from '../../export/plan.ts';
import { type GivenPolicy, policyRules } from '../../export/policies.ts';
import { DEFAULT_BATCH_ROWS } from '../../export/request.ts';
import { rowBuilder } from '../../export/row-lane.ts';
import { parseSchema, readSchemaFile } from '../../export/schema-file.ts';
import { nameColumns } from '../../rename.ts';
import { requireColumn } from '../../require-column.ts';
import type { Runtime } from '../../runtime.ts';
import { applyChecks, isKeywords, type UnexpressedCheck } from '../apply-checks.ts';
import { inferSchema } from '../from-catalog.ts';
import { refuseOverwrite, writeOutput } from '../output-file.ts';
import { relationName, withRelation } from '../relation.ts';
import { sensitiveColumns } from '../sensitive.ts';
import { withSuggestions } from './accept.ts';
import type { DescribedRelation, TextRows } from './origin.ts';
import { Profiler } from './profile.ts';
import { isStamped, mergeInferred, type Rerun, stamped } from './rerun.ts';
import { type Suggestion, suggest } from './suggestions.ts';

export interface SchemaInferRequest {
  /** Dataset, table or schema.table. */
  readonly name: string;
  /** Absolute paths of a Prisma schema or a Parquet file in place of the catalog. */
  readonly fromPrisma?: string | undefined;
  readonly fromParquet?: string | undefined;
  /** Whether the rows are read too. */
  readonly profile?: boolean | undefined;
  /** At most so many of them. */
  readonly limit?: number | undefined;
  /** Columns whose suggestions become part of the schema; `*`: all. */
  readonly accept?: readonly string[] | undefined;
  /** Absolute path of the file to write. */
  readonly output?: string | undefined;
  /** Whether a file that is there may be replaced, whatever was changed in it. */
  readonly force?: boolean | undefined;
  /** Whether a file that was never inferred may be completed. */
  readonly merge?: boolean | undefined;
  readonly onInexact?: readonly GivenPolicy[] | undefined;
}

/** The `data` of `schema infer --json`. */
export interface SchemaInferResult {
  readonly dataset: string;
  /** `schema.table`, `a query`, or the name of the file. */
  readonly relation: string;
  readonly origin: 'catalog' | 'prisma' | 'parquet';
  readonly schema: JsonSchema;
  /** Absolute path of the file that was written; `null` where none was asked for. */
  readonly output: string | null;
  /** How an export would hold each column. */
  readonly columns: readonly ColumnPlan[];
  /** CHECK constraints of the table and of its columns' domains. */
  readonly checks: { readonly expressed: number; readonly unexpressed: readonly UnexpressedCheck[] };
  /** `null` where no row was read. */
  readonly profile: {
    readonly rows: number;
    readonly suggestions: readonly (Suggestion & { readonly accepted: boolean })[];
  } | null;
  /** `null` where there was no such file before, or it was replaced. */
  readonly rerun: Rerun | null;
}

/** The schema that a catalog, a Prisma model or a Parquet file implies, printed or kept in a file. @throws SNAPKEEP_USAGE */
export async function inferDatasetSchema(runtime: Runtime, request: SchemaInferRequest): Promise<SchemaInferResult> {
  const { name, output } = request;
  const present = output === undefined || request.force ? undefined : await presentSchema(output, request.merge);
  const dataset = await openDataset(runtime, name);
  const inferred = await inferFrom(runtime, dataset, request);
  const { schema: merged, rerun } = present
    ? mergeInferred(present, inferred.schema)
    : { schema: stamped(inferred.schema), rerun: null };
  // What somebody accepted is somebody's: the stamp does not know of it, so that a later run keeps it.
  const schema = withSuggestions(merged, inferred.profile?.suggestions.filter(({ accepted }) => accepted) ?? []);
  const replace = present !== undefined || request.force === true;
  if (output !== undefined) await writeOutput(output, schemaText(schema), replace);
  return { dataset: dataset.name, ...inferred, schema, output: output ?? null, rerun };
}

/** The schema that is there, where it may be worked on; a file that it may not be is refused before any connection. */
async function presentSchema(file: string, merge: boolean | undefined): Promise<JsonSchema | undefined> {
  const text = await contentOf(file);
  if (text === null) return undefined;
  let schema: JsonSchema | undefined;
  try {
    schema = parseSchema(text, file);
  } catch (error) {
    if (merge) throw error;
  }
  if (schema && (merge || isStamped(schema))) return schema;
  await refuseOverwrite(
    file,
    undefined,
    schema ? 'Complete it with --merge, name another file, or write over it with --force.' : undefined,
  );
  return undefined;
}

type Inferred = Pick<SchemaInferResult, 'relation' | 'origin' | 'schema' | 'columns' | 'checks' | 'profile'>;

async function inferFrom(runtime: Runtime, dataset: Dataset, request: SchemaInferRequest): Promise<Inferred> {
  const { fromPrisma, fromParquet } = request;
  const limit = request.limit;
  if (fromPrisma !== undefined) {
    const { readPrisma } = await import('./prisma.ts');
    const described = await readPrisma(
      fromPrisma,
      'tables' in dataset.request ? dataset.request.tables : [request.name],
    );
    return infer(runtime, dataset, request, { origin: 'prisma', described });
  }
  if (fromParquet !== undefined) {
    const { openParquet } = await import('./parquet.ts');
    const parquet = await openParquet(fromParquet);
    try {
      const { described } = parquet;
      const rows = () => parquet.rows(DEFAULT_BATCH_ROWS, limit);
      // A snapshot's columns have the names that the configuration gives them already.
      const { rename: _rename, ...config } = dataset.config;
      return await infer(runtime, { ...dataset, config }, request, { origin: 'parquet', described, rows });
    } finally {
      parquet.close();
    }
  }
  return withRelation(runtime, dataset, async (relation, session) => {
    const context = runtime.context(runtime.config.capabilities.source);
    const checks = (await session.checks?.(0, context)) ?? [];
    const scan = { relation: 0, filters: [], ...(limit === undefined ? {} : { limit }) };
    return infer(runtime, dataset, request, {
      origin: 'catalog',
      described: { relation, checks, mayHaveMore: false },
      rows: () => session.rows(scan, { batchRows: DEFAULT_BATCH_ROWS }, context),
      now: session.instant.time,
    });
  });
}

interface Origin {
  readonly origin: SchemaInferResult['origin'];
  readonly described: DescribedRelation;
  /** Absent: it has none. */
  readonly rows?: () => TextRows;
  readonly now?: string;
}

async function infer(
  runtime: Runtime,
  dataset: Dataset,
  request: SchemaInferRequest,
  { origin, described, rows, now }: Origin,
): Promise<Inferred> {
  const { relation, checks, mayHaveMore } = described;
  const policies = policyRules(dataset, request.onInexact);
  const named = nameColumns(relation, dataset);
  const key = dataset.config.key ?? named.key;
  const columns = planColumns(runtime, named.columns, key, policies);
  for (const column of request.accept ?? []) if (column !== '*') requireColumn(columns, column, '--accept');
  const closed = inferSchema(dataset.name, named, key);
  const { additionalProperties: _closed, ...open } = closed;
  const checked = applyChecks(mayHaveMore ? open : closed, checks, named.columns);
  const profile =
    rows && request.profile
      ? await profileRows(runtime, dataset, { columns, key, schema: checked.schema, rows: rows(), now })
      : null;
  const isAccepted = ({ column }: Suggestion) =>
    request.accept?.some((name) => name === '*' || name === column) ?? false;
  return {
    relation: relationName(relation),
    origin,
    schema: checked.schema,
    columns,
    checks: { expressed: checked.expressed, unexpressed: checked.unexpressed },
    profile: profile && {
      rows: profile.rows,
      suggestions: profile.suggestions.map((suggestion) => ({ ...suggestion, accepted: isAccepted(suggestion) })),
    },
  };
}

interface Profiled {
  readonly columns: readonly ColumnPlan[];
  readonly key: readonly string[];
  /** What is known without the rows. */
  readonly schema: JsonSchema;
  readonly rows: TextRows;
  readonly now: string | undefined;
}

async function profileRows(
  runtime: Runtime,
  dataset: Dataset,
  { columns, key, schema, rows, now }: Profiled,
): Promise<{ rows: number; suggestions: readonly Suggestion[] }> {
  const sensitive = await markedSensitive(runtime, dataset, columns);
  const profiler = new Profiler(columns);
  const toRow = rowBuilder({ columns });
  const task = runtime.progress.start(`profile ${dataset.name}`, { unit: 'rows' });
  let count = 0;
  try {
    for await (const batch of rows) {
      for (const texts of batch) profiler.add(toRow(texts));
      count += batch.length;
      task.update(count);
      runtime.signal.throwIfAborted();
    }
  } finally {
    task.end();
  }
  return {
    rows: count,
    suggestions: suggest(profiler.columns, {
      key,
      now,
      sensitive: (name) => sensitive.has(name),
      listed: (name) => listsValues(schema, name),
    }),
  };
}

function listsValues({ properties }: JsonSchema, name: string): boolean {
  const property = isKeywords(properties) ? properties[name] : undefined;
  return isKeywords(property) && property.enum !== undefined;
}

/** Columns that the dataset's own schema marks: none of their values is shown. */
async function markedSensitive(
  runtime: Runtime,
  { config }: Dataset,
  columns: readonly ColumnPlan[],
): Promise<ReadonlySet<string>> {
  // The configuration may name the very file that is to be written.
  if (config.schema === undefined || !existsSync(resolve(runtime.root, config.schema))) return new Set();
  const names = columns.map(({ name }) => name);
  return new Set(sensitiveColumns(await readSchemaFile(runtime, config.schema), names));
}

/** As a schema is kept in git: two spaces, one newline at the end. */
export function schemaText(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
